"""Who sees what: one filter on the query, applied in one place.

Every model that belongs to an area names the lookup that leads to the area's path in ``area_lookup`` (e.g. ``"area__path"``), and, where an
enterprise's own user may see it, the lookup to the organisation's id in ``organisation_lookup``. A user has a ``scope_path`` (the path
of the top of his subtree; "" sees nothing) and, if he speaks for one enterprise, ``organisation_id``.
"""

from typing import Any, Protocol, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)


class Viewer(Protocol):
    """What visibility needs to know of a user."""

    is_authenticated: Any
    is_active: Any
    scope_path: Any
    organisation_id: Any
    speaks_for_organisation: Any


def _declaring(queryset: "QuerySet[Any]") -> Any:
    """The model that declares the lookups: of historical rows (simple_history), the model whose history they are."""
    return getattr(queryset.model, "instance_type", queryset.model)


def visible(queryset: "QuerySet[M]", viewer: Any) -> "QuerySet[M]":
    """The rows of ``queryset`` that ``viewer`` may see.

    A model without ``area_lookup`` is common knowledge (code lists, elements, standards): every signed-in user sees it.
    """
    if not (viewer.is_authenticated and viewer.is_active):
        return queryset.none()
    model = _declaring(queryset)
    area_lookup: str | None = getattr(model, "area_lookup", None)
    if area_lookup is None:
        return queryset
    if viewer.speaks_for_organisation:
        organisation_lookup: str | None = getattr(model, "organisation_lookup", None)
        if organisation_lookup is None or viewer.organisation_id is None:
            return queryset.none()
        return queryset.filter(**{organisation_lookup: viewer.organisation_id})
    if not viewer.scope_path:
        return queryset.none()
    return queryset.filter(**{f"{area_lookup}__startswith": viewer.scope_path})


def in_subtree(queryset: "QuerySet[M]", path: str) -> "QuerySet[M]":
    """The rows whose area lies in the subtree at ``path`` (an Area's own ``path``)."""
    model = _declaring(queryset)
    return queryset.filter(Q(**{f"{model.area_lookup}__startswith": path}))


def seen(queryset: "QuerySet[Any]", user: Any, area: Any) -> "QuerySet[Any]":
    """Rows in the user's scope and in the area that he looks at (an enterprise's user: his own, wherever)."""
    rows = visible(queryset, user)
    if area is not None and not user.speaks_for_organisation:
        rows = in_subtree(rows, area.path)
    return rows
