"""A value for each record of a declared register: the same query, with the records where the areas stand.

Facts about a record are its own; facts about records that it owns (an enterprise's projects, parcels,
outlets) add up to its own where it reports none itself, and what is counted from registers is what it owns.
Whose a record was is asked of the month with which a period ends (decision 4).
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces and numbers

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from qiangqu.base.errors import NotFoundError
from qiangqu.base.subjects import Subject
from qiangqu.base.visibility import visible
from qiangqu.facts import subjects
from qiangqu.lake.engine import connect
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.registry.subjects import AREA

from .inputs import SUBJECTS, AreaRow, Inputs, table_of
from .records import models_behind, placed
from .spells import FIRST, LAST, Versions
from .tree import Tree

_OWNED = pa.schema([(name, pa.int32()) for name in ("sk", "subject", "first", "last", "owner")])


def of_areas(subject: str) -> bool:
    """Whether an indicator of this subject has a value for each area, not for each record."""
    return subject == AREA.code


class RecordInputs(Inputs):
    """What a formula reads when it is computed for each record of ``subject`` (for ``only`` one, by id), out
    of what there is in the ``whole``.
    """

    of_areas = False

    def __init__(self, subject: Subject, whole: Inputs, only: int | None = None) -> None:
        super().__init__(whole.kept)
        self.subject, self.only = subject, only
        self._whole = whole

    @cached_property
    def areas(self) -> list[AreaRow]:
        """The records, where an evaluation by area has its areas."""
        return [AreaRow(pk, *named, first, last) for pk, named, first, last in _records(self.subject, self.only)]

    @cached_property
    def trees(self) -> list[Tree]:
        """No record lies below another."""
        return [Tree(FIRST, LAST, {one.id: None for one in self.areas}, {one.id: "" for one in self.areas})]

    @cached_property
    def subjects(self) -> pa.Table:
        """Whom facts are about, with the record (as ``area``) whose they are: the records themselves and what
        they own.
        """
        return self._mine(self._whole.subjects).select(SUBJECTS.names).cast(SUBJECTS)

    def records(self, subject: Subject) -> pa.Table:
        table = self._whole.records(subject)
        numbered = table.append_column("sk", pa.array([subject.number] * table.num_rows, pa.int8()))
        return self._mine(numbered.rename_columns(["subject", *numbered.column_names[1:]])).rename_columns(
            [*table.column_names, "sk"]
        )

    def place_names(self, ids: Iterable[int]) -> dict[int, str]:
        """The area in which each record lies today."""
        lookup = subjects.area_lookup(self.subject, "short_name")
        model = subjects.model_of(self.subject)
        rows = model._default_manager.filter(pk__in=set(ids)).values_list("pk", lookup)
        return {pk: name or "" for pk, name in rows}

    @property
    def _organisations(self) -> list[tuple[int, Versions]]:  # type: ignore[override]
        return self._whole._organisations

    @cached_property
    def owned(self) -> pa.Table:
        """``sk, subject, first, last, owner``: what belongs to each record, itself included, from month to
        month.
        """
        others = [one for one in subjects.subjects() if subjects.owner_of(one) == self.subject]
        models = dict.fromkeys(model for one in others for model in models_behind(one))
        theirs: pa.Table = self._read(f"owned by {self.subject.code}", lambda: _owned(others), *models)
        if self.only is not None:
            theirs = theirs.filter(pc.equal(theirs["owner"], self.only))
        own = [(self.subject.number, one.id, FIRST, LAST, one.id) for one in self.areas]
        return pa.concat_tables([table_of(own, _OWNED), theirs])

    def _mine(self, table: pa.Table) -> pa.Table:
        """Rows ``sk, subject, first, last, area …`` of what the records own, with the owner as ``area``."""
        others = ", ".join(
            f't."{name}"' for name in table.column_names if name not in ("sk", "subject", "first", "last", "area")
        )
        order = ", ".join(f'm."{name}"' for name in table.column_names)
        with connect({"t": table, "o": self.owned}) as duck:
            return duck.sql(
                f"SELECT {order} FROM (SELECT t.sk, t.subject, GREATEST(t.first, o.first)::INTEGER AS first, "
                f"LEAST(t.last, o.last)::INTEGER AS last, o.owner AS area{', ' if others else ''}{others} "
                "FROM t JOIN o ON o.sk = t.sk AND o.subject = t.subject AND t.first <= o.last AND o.first <= t.last) m"
            ).to_arrow_table()


def _owned(others: Iterable[Subject]) -> pa.Table:
    """Whose the records of ``others`` were, from month to month."""
    rows = [
        (other.number, pk, first, last, owner)
        for other in others
        for pk, spells in placed(other)
        for first, last, (_area, owner) in spells
        if owner is not None
    ]
    return table_of(rows, _OWNED)


def inputs_of(subject: str, kept: bool = False, only: int | None = None) -> Inputs:
    """What an indicator of this subject reads."""
    whole = Inputs(kept)
    return whole if of_areas(subject) else RecordInputs(subjects.by_code(subject), whole, only)


def _records(subject: Subject, only: int | None = None) -> Iterable[tuple[int, tuple[str, str], Any, Any]]:
    """Id, (code, name), first and last day of each record."""
    manager: Any = subjects.model_of(subject)._default_manager
    rows = manager.order_by("pk") if only is None else manager.filter(pk=only)
    code, name = shown_columns(subject)
    for pk, coded, named, first, last in rows.values_list("pk", code, name, "valid_from", "valid_to"):
        yield pk, (str(coded), str(named or coded)), first, last


def shown_columns(subject: Subject) -> tuple[str, str]:
    """The columns of a record's code and of what people call it."""
    return subject.codes[0], (subject.names or subject.codes)[0]


def seen_records(subject: Subject, viewer: Any) -> Any:
    """The records whose values ``viewer`` (None: everybody) may see: those that he sees in the register,
    where he may see indicators at all.

    The one rule for values of records: pages, API and search ask nothing else.
    """
    manager: Any = subjects.model_of(subject)._default_manager
    if viewer is None:
        return manager.all()
    return visible(visible(manager.all(), viewer), viewer, Action.VIEW_PLAN)


@dataclass(frozen=True, slots=True)
class Place:
    """What a value is of: an area, or a record of a register."""

    pk: int
    code: str
    name: str


def place_of(subject: str, code: str, viewer: Any) -> Place:
    """The area or record with this code. Raises NotFoundError for one that does not exist or that ``viewer``
    (None: sees all) does not see: not told apart."""
    if of_areas(subject):
        areas = Area.objects.all() if viewer is None else visible(Area.objects.all(), viewer, Action.VIEW_PLAN)
        area = areas.filter(code=code[:24]).first()
        if area is None:
            raise NotFoundError("没有这个区域，或它不在您的管辖范围内", where=code[:24])
        return Place(area.pk, area.code, area.name)
    declared = subjects.by_code(subject)
    column, named = shown_columns(declared)
    rows = seen_records(declared, viewer).filter(**{column: code[:80]}).values_list("pk", column, named)
    found = rows.first() if "\0" not in code else None
    if found is None:
        raise NotFoundError("没有这个对象，或它不在您的管辖范围内", where=code[:80])
    return Place(found[0], str(found[1]), str(found[2] or found[1]))


def print_of(tables: Mapping[str, RecordInputs]) -> str:
    """A hash of whose what is, for the subjects (by code) of which there are indicators."""
    digest = hashlib.sha256()
    for code in sorted(tables):
        owned = tables[code].owned
        for name in owned.column_names:
            digest.update(owned[name].combine_chunks().to_numpy(zero_copy_only=False).tobytes())
    return digest.hexdigest()[:32]
