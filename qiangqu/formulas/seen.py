"""Rows behind a value as one viewer may see them.

A value counts what lay in its area then; a record that has moved out of the viewer's areas since is counted
on, and is not named to him any more.
"""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from qiangqu.base.visibility import visible
from qiangqu.facts import subjects
from qiangqu.facts.scope import seen_facts
from qiangqu.registry.models import Organisation, Parcel, Project, Recognition

from .rows import Row, RowPage

_OF_KIND: dict[str, Any] = {
    "recognition": Recognition,
    "project": Project,
    "organisation": Organisation,
    "parcel": Parcel,
}


def shown_to(page: RowPage, viewer: Any) -> RowPage:
    """``page`` with only its figures left of rows whose record ``viewer`` (None: everybody) does not see
    today.
    """
    if viewer is None or not page.rows:
        return page
    ids: dict[Any, set[int]] = {}
    for row in page.rows:
        if row.kind != "fact":
            ids.setdefault(_model_of(row), set()).add(row.id)
    seen = {
        model: set(visible(model._default_manager.filter(pk__in=wanted), viewer).values_list("pk", flat=True))
        for model, wanted in ids.items()
    }
    about = seen_facts(viewer, [(row.subject_kind, row.subject_id) for row in page.rows if row.kind == "fact"])

    def is_seen(row: Row) -> bool:
        if row.kind == "fact":
            return (row.subject_kind, row.subject_id) in about
        return row.id in seen[_model_of(row)]

    return replace(page, rows=[row if is_seen(row) else _nameless(row) for row in page.rows])


def _model_of(row: Row) -> Any:
    return subjects.models()[row.subject_kind] if row.kind in ("subject", "record") else _OF_KIND[row.kind]


def _nameless(row: Row) -> Row:
    return Row(
        row.kind, 0, _("（已划出您的管辖范围）"), value=row.value, unit=row.unit, period=row.period,
        simulated=row.simulated, counts=row.counts, facts=row.facts, subject_kind=row.subject_kind,
    )  # fmt: skip
