"""Who sees what: one filter on the query, applied in one place.

A user holds posts; each gives him the subtree of one area, or (for who speaks for an enterprise) what is that
enterprise's own. What is visible to him is the union. Each model says once, by one of these class attributes,
whose its rows are:

``area_lookup``        they belong to an area: lookup of its path (``"area__path"``), or several of which one holds (a channel of an outlet or a
                       station); ``organisation_lookup`` beside it leads to the enterprise whose own users see
                       them too;
``seen_through``       name of a foreign key: a row is seen by whoever sees the record that it is a part of;
``seen_by``            name of a foreign key to the user whose own the row is, seen by nobody else;
``common_knowledge``   True: every signed-in user sees them (code lists, elements);
``inner``              True: bookkeeping of the program that nobody is shown;
``visible_to``         class method (viewer) -> Q: a rule of its own, for drafts, sealed or restricted rows.

``seen_with`` beside any of them names a permission: only posts that give it count. Rows of a history
(simple_history) follow the record whose history they are, as it stands today: a record's whole history is
open to whoever sees the record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

M = TypeVar("M", bound=Model)

#: how a model may say whose its rows are; the first that it has counts
DECLARATIONS = ("visible_to", "area_lookup", "seen_through", "seen_by", "common_knowledge", "inner")


@dataclass(frozen=True, slots=True)
class Holding:
    """What one post gives to see: the subtree at ``path`` ("": none), or with ``own`` what is the
    organisation's. With ``apart`` it shows nothing by itself, only what is asked with a permission that it
    gives: who keeps the program by such a post does not read the data in it.
    """

    role: str
    area_id: int | None
    path: str
    organisation_id: int | None = None
    own: bool = False
    apart: bool = False


class Viewer(Protocol):
    """What visibility needs to know of a user."""

    is_authenticated: Any
    is_active: Any

    def holdings(self, action: str | None = None) -> Sequence[Holding]:
        """The posts that he holds today; with ``action`` those that give this permission."""
        ...


def nothing() -> Q:
    """A condition that no row meets."""
    return Q(pk__in=())


def holdings(viewer: Any, action: str | None = None) -> Sequence[Holding]:
    """The posts of whoever asks; none of a stranger."""
    if not (viewer.is_authenticated and viewer.is_active):
        return ()
    found: Sequence[Holding] = viewer.holdings(action)
    return found


def _showing(viewer: Any, action: str | None) -> Sequence[Holding]:
    """The posts that show something: without a permission that is asked for, not those of the program's keepers."""
    found = holdings(viewer, action)
    return found if action is not None else [one for one in found if not one.apart]


def reach(viewer: Any, action: str | None = None) -> tuple[str, ...]:
    """Paths of the tops of the subtrees that the viewer's posts give him (with ``action``: those whose post
    gives it), none inside another.
    """
    tops: list[str] = []
    for path in sorted({one.path for one in _showing(viewer, action) if one.path and not one.own}):
        if not any(path.startswith(top) for top in tops):
            tops.append(path)
    return tuple(tops)


def own_organisations(viewer: Any, action: str | None = None) -> frozenset[int]:
    """Ids of the enterprises that the viewer speaks for."""
    found = _showing(viewer, action)
    return frozenset(one.organisation_id for one in found if one.own and one.organisation_id is not None)


def areas_of(viewer: Any, action: str | None = None) -> frozenset[int]:
    """Ids of just the areas of the viewer's posts (with ``action``: of those that give it): where an office
    is his own.
    """
    return frozenset(one.area_id for one in _showing(viewer, action) if one.area_id is not None and not one.own)


def is_own_only(viewer: Any) -> bool:
    """Whether the viewer has no area to look after: he sees what is his own enterprise's, or nothing."""
    return not reach(viewer)


def covers(viewer: Any, path: str, action: str | None = None) -> bool:
    """Whether one of the viewer's subtrees (with ``action``: of posts that give it) holds the area at
    ``path``.
    """
    return bool(path) and any(path.startswith(top) for top in reach(viewer, action))


def trail(path: str) -> list[str]:
    """The paths from the top of the tree down to ``path`` itself.

    >>> trail("/R/C1/Z1/")
    ['/R/', '/R/C1/', '/R/C1/Z1/']
    """
    return [path[: at + 1] for at, mark in enumerate(path) if mark == "/" and at]


def on_line(viewer: Any, lookup: str, action: str | None = None) -> Q:
    """Rows whose area lies above, at or below that of one of the viewer's posts: whom one may ask to take
    part in what happens there.
    """
    condition = nothing()
    for path in sorted({one.path for one in _showing(viewer, action) if one.path}):
        condition |= Q(**{f"{lookup}__startswith": path}) | Q(**{f"{lookup}__in": trail(path)})
    return condition


def within(lookup: str | Sequence[str], paths: Sequence[str]) -> Q:
    """Rows whose area, to whose path ``lookup`` leads, lies in one of the subtrees ``paths``."""
    lookups = (lookup,) if isinstance(lookup, str) else lookup
    condition = nothing()
    for name in lookups:
        for path in paths:
            condition |= Q(**{f"{name}__startswith": path})
    return condition


def _declaring(model: type[Model]) -> Any:
    """The model that declares: of historical rows (simple_history), the model whose history they are."""
    return getattr(model, "instance_type", model)


def declaration(model: type[Model]) -> str:
    """By which of :data:`DECLARATIONS` a model says whose its rows are. Raises TypeError for one that says
    nothing.
    """
    found = _declaring(model)
    for name in DECLARATIONS:
        if getattr(found, name, None):
            return name
    raise TypeError(f"{found.__name__} does not say who sees it: see qiangqu.base.visibility")


def _related(model: Any, name: str) -> Any:
    try:
        return model._meta.get_field(name).related_model
    except FieldDoesNotExist:
        raise TypeError(f"{model.__name__}.seen_through names {name!r}, which it has not") from None


def _rule(model: Any, viewer: Any, action: str | None) -> Q:
    """The condition under which ``viewer`` sees rows of ``model``; Q() when he sees all."""
    kind = declaration(model)
    needs = getattr(model, "seen_with", None)
    if needs is not None and not holdings(viewer, needs):
        return nothing()
    asked = [one for one in (needs, action) if one is not None] or [None]
    condition = Q()
    if kind == "visible_to":
        condition = model.visible_to(viewer)
        # an act that is bound to a place needs a post there; what may be looked at the rule itself has said
        if action is not None and has_place(model):
            condition &= _placed(model, viewer, action)
    elif kind == "area_lookup":
        for one in asked:
            condition &= _placed(model, viewer, one)
    elif kind == "seen_through":
        related = _related(model, model.seen_through)
        inner = _rule(related, viewer, action)
        condition = Q(**{f"{model.seen_through}__in": related._default_manager.filter(inner).order_by().values("pk")})
    elif kind == "seen_by":
        condition = Q(**{model.seen_by: viewer.pk})
    elif kind == "inner":
        condition = nothing()
    return condition


def _placed(model: Any, viewer: Any, action: str | None) -> Q:
    """Rows in the subtrees, and of the enterprises, of the viewer's posts."""
    condition = nothing()
    for path in reach(viewer, action):
        condition |= subtree(model, path)
    organisation = getattr(model, "organisation_lookup", None)
    own = own_organisations(viewer, action) if organisation is not None else ()
    for name in (organisation,) if isinstance(organisation, str) else organisation or ():
        condition |= Q(**{f"{name}__in": own}) if own else nothing()
    return condition


def visible(queryset: "QuerySet[M]", viewer: Any, action: str | None = None) -> "QuerySet[M]":
    """The rows of ``queryset`` that ``viewer`` may see; with ``action`` those in the areas where a post of
    his allows it to him.

    Raises TypeError for a model that does not declare whose its rows are.
    """
    if not holdings(viewer, action):
        return queryset.none() if declaration(queryset.model) != "seen_by" or action else _own(queryset, viewer)
    return _follow(queryset, lambda model: _rule(model, viewer, action))


def _own(queryset: "QuerySet[M]", viewer: Any) -> "QuerySet[M]":
    """What is personal stays with a user who holds no post at present."""
    model = _declaring(queryset.model)
    signed_in = viewer.is_authenticated and viewer.is_active
    return queryset.filter(**{model.seen_by: viewer.pk}) if signed_in else queryset.none()


def _follow(queryset: "QuerySet[M]", rule: Any) -> "QuerySet[M]":
    """``rule(model)`` applied to a queryset of the model; to one of its history by the record as it stands,
    and where it has been deleted by its last version."""
    model = queryset.model
    declaring = _declaring(model)
    condition = rule(declaring)
    if declaring is model:
        return queryset.filter(condition)
    if not condition:
        return queryset
    present = declaring._default_manager.order_by()
    there = present.filter(condition).values("pk")
    newest = model._default_manager.filter(id=OuterRef("id")).order_by("-history_date", "-history_id")
    gone = Q(~Exists(present.filter(pk=OuterRef("id"))))
    return queryset.filter(Q(id__in=there) | gone & Q(history_id__in=newest.values("history_id")[:1]) & condition)


def in_subtree(queryset: "QuerySet[M]", path: str) -> "QuerySet[M]":
    """The rows whose area lies in the subtree at ``path`` (an Area's own ``path``)."""
    return queryset.filter(subtree(queryset.model, path))


def subtree(model: Any, path: str) -> Q:
    """The condition of :func:`in_subtree`. Rows of a history lie where they lay then. Raises TypeError for a
    model whose rows lie nowhere.
    """
    declaring = _declaring(model)
    if hasattr(declaring, "lying_in"):
        found: Q = declaring.lying_in(path)
        return found
    if getattr(declaring, "area_lookup", None):
        return within(declaring.area_lookup, (path,))
    if getattr(declaring, "seen_through", None):
        related = _related(declaring, declaring.seen_through)
        inner = related._default_manager.filter(subtree(related, path)).order_by().values("pk")
        return Q(**{f"{declaring.seen_through}__in": inner})
    raise TypeError(f"rows of {declaring.__name__} lie in no area")


def path_of(record: Any) -> str:
    """Path of the area that a record belongs to; "" for common knowledge."""
    model = _declaring(type(record))
    lookups = getattr(model, "area_lookup", None) or ()
    through = getattr(model, "seen_through", None)
    if through and not lookups:
        found = getattr(record, through)
        return path_of(found) if found is not None else ""
    for lookup in (lookups,) if isinstance(lookups, str) else lookups:
        value: Any = record
        for step in lookup.split("__"):
            value = getattr(value, step, None)
        if value:
            return str(value)
    return ""


def has_place(model: Any) -> bool:
    """Whether rows of ``model`` lie in areas, so that a list of it can be narrowed to one."""
    declaring = _declaring(model)
    if getattr(declaring, "area_lookup", None) or hasattr(declaring, "lying_in"):
        return True
    through = getattr(declaring, "seen_through", None)
    return through is not None and has_place(_related(declaring, through))


def seen(queryset: "QuerySet[M]", user: Any, area: Any) -> "QuerySet[M]":
    """Rows that the user sees, in the area that he has chosen (None: wherever)."""
    rows = visible(queryset, user)
    return rows if area is None else in_subtree(rows, area.path)
