"""Registers as Arrow tables: what the engine joins facts with. Read from the database by a handful of
queries.

Everything is given with the months in which it held (see :mod:`qiangqu.formulas.spells`), so that a figure of
a period uses what was so then.
"""

# ruff: noqa: S608 - queries are composed here of names of tables

import datetime as dt
import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from django.db.models import Model

from qiangqu.base.subjects import Subject
from qiangqu.facts import subjects
from qiangqu.registry.models import (
    Area,
    Industry,
    Organisation,
    OrganisationKind,
    Parcel,
    Project,
    ProjectKind,
    ProjectStage,
    Recognition,
    RecognitionKind,
)
from qiangqu.registry.subjects import AREA, ORGANISATION, PARCEL, PROJECT

from .records import code_lists, models_behind, placed, record_table
from .shares import SCHEMA as SHARES
from .shares import Agreement
from .shares import table as share_table
from .spells import (
    FIRST,
    LAST,
    Spell,
    Versions,
    births,
    events,
    history_of,
    lives,
    month_of,
    overlaid,
    read,
    spells,
)
from .tree import Tree, trees_of

STAGE_DAYS = {
    "reserve": ("valid_from",),
    # a project that passed a later stage has passed the earlier ones, at the latest on that day
    "started": ("started_on", "finished_on", "accepted_on"),
    "finished": ("finished_on", "accepted_on"),
    "accepted": ("accepted_on",),
    "cancelled": ("valid_to",),
}
SUBJECTS = pa.schema(
    [
        ("sk", pa.int8()),
        ("subject", pa.int32()),
        ("first", pa.int32()),
        ("last", pa.int32()),
        ("area", pa.int32()),
        *((name, pa.string()) for name in ("industry", "sector", "chain", "scale", "ownership", "use", "status")),
    ]
)
LIFE = pa.schema(
    [("id", pa.int32()), ("first", pa.int32()), ("last", pa.int32()), ("sim", pa.int8()), ("weight", pa.float64())]
)
AREAS = pa.schema(
    [
        ("area", pa.int32()),
        ("first", pa.int32()),
        ("last", pa.int32()),
        ("parent", pa.int32()),
        ("depth", pa.int32()),
        ("level", pa.string()),
        ("born", pa.int32()),
        ("ended", pa.int32()),
    ]
)
ANCESTORS = pa.schema([(name, pa.int32()) for name in ("area", "ancestor", "first", "last")])
#: subjects times stretches of months of which a table is made to look them up
MANY_PLACES = 5_000_000
Lists = Sequence[tuple[type[Model], str]]
_LISTS: Lists = ((Industry, "code"), (RecognitionKind, "code"), (ProjectKind, "code"))
_NOBODY: list[Spell] = [(FIRST, LAST, ("", "", "", "", ""))]


def table_of(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Rows of tuples as a table of ``schema``."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area as it stands today."""

    id: int
    code: str
    name: str
    first: dt.date
    last: dt.date | None


@dataclass(frozen=True, slots=True)
class Held:
    """A title or project in the months ``first`` to ``last``: ``kind`` (a code) and ``subject``, the holder
    or the project itself.
    """

    record: int
    kind: str
    subject: int
    first: int
    last: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """A recognition, or a project's reaching a stage, in a month."""

    record: int
    kind: str
    subject: int
    month: int
    simulated: bool


class Inputs:
    """Lazily read registers; one object serves one evaluation. With ``kept`` what was read may come from this
    process's memory when no register behind it has a new version since."""

    #: whether what stands at the places of a value are areas (:mod:`qiangqu.formulas.each` puts records
    #: there)
    of_areas = True

    def __init__(self, kept: bool = False) -> None:
        self.kept = kept
        self._records: dict[int, pa.Table] = {}
        self._starts: dict[int, list[int]] = {}
        self._marks: dict[Any, Any] = {}

    def _read(self, name: str, make: Callable[[], Any], *models: type[Model], lists: Lists = _LISTS) -> Any:
        return _kept(name, make, models, lists, self._marks) if self.kept else make()

    @cached_property
    def areas(self) -> list[AreaRow]:
        rows = Area.objects.order_by("path").values_list("id", "code", "name", "valid_from", "valid_to")
        return [AreaRow(*row) for row in rows]

    @cached_property
    def area_by_id(self) -> dict[int, AreaRow]:
        return {area.id: area for area in self.areas}

    def place_names(self, ids: Iterable[int]) -> dict[int, str]:
        """Short names of areas."""
        return dict(Area.objects.filter(pk__in=set(ids)).values_list("pk", "short_name"))

    @cached_property
    def trees(self) -> list[Tree]:
        """The tree of areas in each stretch of months in which it did not change."""
        found: list[Tree] = self._read(
            "areas", lambda: trees_of({pk: spells(v) for pk, v in read(Area, ("parent_id", "level"))}), Area
        )
        return found

    def tree(self, month: int) -> Tree:
        """The tree of areas in a month."""
        return next(tree for tree in self.trees if tree.first <= month <= tree.last)

    @cached_property
    def area_table(self) -> pa.Table:
        """Each area's place in the tree, and the months in which it first and last existed."""
        rows = [
            (
                a.id,
                tree.first,
                tree.last,
                tree.parent[a.id],
                tree.depth[a.id],
                tree.level[a.id],
                month_of(a.first),
                _ended(a),
            )
            for tree in self.trees
            for a in self.areas
        ]
        return table_of(rows, AREAS)

    @cached_property
    def ancestors(self) -> pa.Table:
        """``area, ancestor`` in the months ``first`` to ``last``: each area with itself and all areas above
        it.
        """
        rows = [(area, above, tree.first, tree.last) for tree in self.trees for area, above in tree.pairs()]
        return table_of(rows, ANCESTORS)

    @cached_property
    def subjects(self) -> pa.Table:
        """Whom facts are about and where, from month to month: records of all subjects but areas, with the
        attributes of who owns them.
        """
        behind = dict.fromkeys(model for one in subjects.subjects() if one != AREA for model in models_behind(one))
        found: pa.Table = self._read("subjects", lambda: _subjects(self._organisations), *behind)
        return found

    def records(self, subject: Subject) -> pa.Table:
        """All records of a declared register from month to month (see
        :func:`qiangqu.formulas.records.record_table`).
        """
        if subject.number not in self._records:
            self._records[subject.number] = self._read(
                f"records of {subject.code}",
                lambda: record_table(subject),
                *models_behind(subject),
                lists=code_lists(subject),
            )
        return self._records[subject.number]

    def places(self, subject: Subject) -> dict[int, list[tuple[int, int, int]]]:
        """``(first, last, area)`` of the records of a subject."""
        return self._over_time(subject, "area")

    def sectors(self, subject: Subject) -> dict[int, list[tuple[int, int, str]]]:
        """``(first, last, code of the industry)`` of the records of a subject, "" where there is none."""
        return self._over_time(subject, "sector")

    def _over_time(self, subject: Subject, column: str) -> dict[int, list[Any]]:
        mine = self.subjects.filter(pc.equal(self.subjects["sk"], subject.number))
        found: dict[int, list[Any]] = {}
        columns = [mine[name].to_pylist() for name in ("subject", "first", "last", column)]
        for record, *values in zip(*columns, strict=True):
            found.setdefault(record, []).append(tuple(values))
        return found

    @cached_property
    def _shared(self) -> tuple[pa.Table, list[Agreement]]:
        # a record's figures are its own whole, wherever they count
        return share_table() if self.of_areas else (SHARES.empty_table(), [])

    @property
    def shares(self) -> pa.Table:
        """What counts in several areas by agreement (:mod:`qiangqu.formulas.shares`)."""
        return self._shared[0]

    @property
    def agreements(self) -> list[Agreement]:
        """The agreements of :attr:`shares`, as it numbers them."""
        return self._shared[1]

    @cached_property
    def several(self) -> bool:
        """Whether some subject was in more than one area or class."""
        return bool(pc.any(pc.greater(self.subjects["first"], FIRST)).as_py())

    def starts(self, kind: int) -> list[int]:
        """First months of the stretches in which no subject of this kind changed; none where there would be too many
        to look subjects up in each of them.
        """
        if kind not in self._starts:
            mine = self.subjects.filter(pc.equal(self.subjects["sk"], kind))
            later = pc.add(mine["last"].filter(pc.less(mine["last"], LAST)), 1)
            found = sorted({FIRST, *pc.unique(mine["first"]).to_pylist(), *pc.unique(later).to_pylist()})
            self._starts[kind] = found if len(found) * mine.num_rows <= MANY_PLACES else []
        return self._starts[kind]

    def around(self, records: Collection[tuple[int, int]]) -> set[int]:
        """The areas in which subjects (kind, id) ever were, or by agreement count in part, and all above them."""
        found = {one for kind, one in records if kind == AREA.number}
        for kind in {kind for kind, _one in records} - {AREA.number}:
            ids = pa.array([one for number, one in records if number == kind], pa.int32())
            mine = pc.and_(pc.equal(self.subjects["sk"], kind), pc.is_in(self.subjects["subject"], ids))
            found |= set(pc.unique(self.subjects["area"].filter(mine)).to_pylist())
        if self.shares.num_rows:
            shared = pc.is_in(self.shares["home"], pa.array(sorted(found), pa.int32()))
            found |= set(pc.unique(self.shares["to_area"].filter(shared)).to_pylist())
        return {above for tree in self.trees for area in found & tree.parent.keys() for above in tree.above(area)}

    def highest(self, kind: int) -> int:
        """The highest id of a subject of this kind."""
        return pc.max(self.subjects.filter(pc.equal(self.subjects["sk"], kind))["subject"]).as_py() or 0

    @cached_property
    def _organisations(self) -> list[tuple[int, Versions]]:
        return list(read(Organisation, _ORGANISATION))

    @cached_property
    def enterprises(self) -> pa.Table:
        """Life of enterprises (first to last month), each of weight 1."""
        found: pa.Table = self._read("enterprises", lambda: _enterprises(self._organisations), Organisation)
        return found

    @cached_property
    def parcels(self) -> pa.Table:
        """Life and size (亩) of parcels."""
        found: pa.Table = self._read("parcels", _parcels, Parcel)
        return found

    @cached_property
    def _titles(self) -> tuple[list[Held], list[Happened]]:
        found: tuple[list[Held], list[Happened]] = self._read("recognitions", _titles, Recognition)
        return found

    @property
    def recognitions(self) -> list[Held]:
        """Titles with who holds them, from month to month."""
        return self._titles[0]

    @property
    def recognised(self) -> list[Happened]:
        """When titles were given."""
        return self._titles[1]

    @cached_property
    def _projects(self) -> "tuple[list[Held], dict[str, list[Happened]]]":
        found: tuple[list[Held], dict[str, list[Happened]]] = self._read("projects", _projects, Project)
        return found

    @property
    def projects(self) -> list[Held]:
        """Projects in the library, from month to month."""
        return self._projects[0]

    def reached(self, stage: str) -> list[Happened]:
        """When projects reached a stage."""
        return self._projects[1][stage]


def _ended(area: AreaRow) -> int:
    return month_of(area.last) if area.last else LAST


# ---------------------------------------------------------------- organisations, projects, parcels

_ATTRIBUTES = ("industry_code", "sector_id", "chain_id", "scale", "ownership")
_ORGANISATION = ("area_id", *_ATTRIBUTES, "kind", "valid_from", "valid_to", "simulated")
_PROJECT = ("area_id", "owner_id", "sector_id")
_PARCEL = ("area_id", "holder_id", "use", "status")


def _subjects(organisations: Sequence[tuple[int, Versions]]) -> pa.Table:
    codes: dict[int | None, str] = {None: "", **dict(Industry.objects.values_list("pk", "code"))}
    rows: list[tuple[Any, ...]] = []
    owners: dict[int | None, list[Spell]] = {}
    kind = ORGANISATION.number
    for pk, versions in organisations:
        mine = [(first, last, _named(values, codes)) for first, last, values in spells(versions, slice(0, 6))]
        owners[pk] = [(first, last, values[1:]) for first, last, values in mine]
        rows += [(kind, pk, first, last, *values, "", "") for first, last, values in mine]

    def owner(values: tuple[Any, ...]) -> list[Spell]:
        return owners.get(values[1], _NOBODY)

    kind = PROJECT.number
    for pk, versions in read(Project, _PROJECT):
        for first, last, values in overlaid(spells(versions), owner):
            area, _owner, sector, industry, owner_sector, *rest = values
            rows.append((kind, pk, first, last, area, industry, codes.get(sector) or owner_sector, *rest, "", ""))
    kind = PARCEL.number
    for pk, versions in read(Parcel, _PARCEL):
        for first, last, (area, _holder, use, status, *rest) in overlaid(spells(versions), owner):
            rows.append((kind, pk, first, last, area, *rest, use, status))
    for subject in subjects.subjects():
        if subject in (AREA, ORGANISATION, PROJECT, PARCEL):
            continue
        owned = subjects.owner_of(subject) == ORGANISATION
        for pk, mine in placed(subject):
            for first, last, (area, _owner, *rest) in overlaid(mine, owner if owned else lambda _values: _NOBODY):
                if area is not None:
                    rows.append((subject.number, pk, first, last, area, *rest, "", ""))
    return table_of(rows, SUBJECTS)


def _named(values: tuple[Any, ...], codes: dict[int | None, str]) -> tuple[Any, ...]:
    area, industry, sector, chain, scale, ownership = values
    return area, industry or "", codes.get(sector, ""), codes.get(chain, ""), scale or "", ownership or ""


def _enterprises(organisations: Sequence[tuple[int, Versions]]) -> pa.Table:
    rows = []
    for pk, versions in organisations:
        simulated = int(versions[-1][1][9])
        living = lives(versions, slice(7, 9))
        for first, last, (kind,) in spells(versions, slice(6, 7)):
            if kind == OrganisationKind.ENTERPRISE:
                rows += [(pk, *part, simulated, 1.0) for part in _within(living, first, last)]
    return table_of(rows, LIFE)


def _parcels() -> pa.Table:
    rows = []
    for pk, versions in read(Parcel, ("land_area", "valid_from", "valid_to", "simulated")):
        simulated = int(versions[-1][1][3])
        living = lives(versions, slice(1, 3))
        for first, last, (size,) in spells(versions, slice(0, 1)):
            rows += [(pk, *part, simulated, size) for part in _within(living, first, last)]
    return table_of(rows, LIFE)


def _within(living: Iterable[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    """The parts of a life that lie in the months ``first`` to ``last``."""
    parts = [(max(first, start), min(last, end)) for start, end in living]
    return [part for part in parts if part[0] <= part[1]]


# ---------------------------------------------------------------- recognitions and stages of projects


def _titles() -> tuple[list[Held], list[Happened]]:
    codes = dict(RecognitionKind.objects.values_list("pk", "code"))
    held, given = [], []
    for pk, versions in read(Recognition, ("kind_id", "holder_id", "valid_from", "valid_to", "simulated")):
        simulated = bool(versions[-1][1][4])
        living = lives(versions, slice(2, 4))
        whose = spells(versions, slice(0, 2))
        for first, last, (kind, holder) in whose:
            held += [Held(pk, codes[kind], holder, *part, simulated) for part in _within(living, first, last)]
        for month in births(versions, slice(2, 4)):
            kind, holder = _at(whose, month)
            given.append(Happened(pk, codes[kind], holder, month, simulated))
    return held, given


_PROJECT_DAYS = ("kind_id", "stage", "valid_from", "valid_to", "started_on", "finished_on", "accepted_on", "simulated")


def _projects() -> tuple[list[Held], dict[str, list[Happened]]]:
    codes = dict(ProjectKind.objects.values_list("pk", "code"))
    stored: list[Held] = []
    reached: dict[str, list[Happened]] = {stage: [] for stage in STAGE_DAYS}
    for pk, versions in read(Project, _PROJECT_DAYS):
        simulated = bool(versions[-1][1][7])
        living = lives(versions, slice(2, 4))
        kinds = spells(versions, slice(0, 1))
        for first, last, (kind,) in kinds:
            stored += [Held(pk, codes[kind], pk, *part, simulated) for part in _within(living, first, last)]
        stated = [(since, dict(zip(_PROJECT_DAYS, values, strict=True))) for since, values in versions]
        for stage, found in reached.items():
            for month in events([(since, stage_day(project, stage)) for since, project in stated]):
                found.append(Happened(pk, codes[_at(kinds, month)[0]], pk, month, simulated))
    return stored, reached


def _at(parts: Sequence[Spell], month: int) -> tuple[Any, ...]:
    return next(values for first, last, values in parts if first <= month <= last)


def stage_day(project: dict[str, Any], stage: str) -> dt.date | None:
    """The day on which a project reached ``stage`` (the earliest day that is known for it or for a later
    stage); None when it has not.
    """
    if stage == "cancelled":
        return project["valid_to"] if project["stage"] == ProjectStage.CANCELLED else None
    return next((project[name] for name in STAGE_DAYS[stage] if project[name]), None)


def fingerprint(rows: Iterable[Any]) -> str:
    """A short hash of plain data, to see whether it changed."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(row).encode())
    return digest.hexdigest()[:32]


# of this process: reading tens of thousands of records takes tenths of a second, asking whether they changed
# a thousandth
_memory: dict[str, tuple[tuple[Any, ...], float, Any]] = {}
#: what somebody changes past Django (in the database itself) leaves no version, and is seen after so many seconds
KEPT_SECONDS = 1800


def _kept(
    name: str, make: Callable[[], Any], models: Sequence[type[Model]], lists: Lists, marks: dict[Any, Any]
) -> Any:
    """What ``make`` reads, read again when a register behind it changed (rows added or removed, or a newer
    version of a record) or a code list. ``marks``: what was already asked of registers and lists.
    """
    if fresh := [model for model in models if model not in marks]:
        marks |= zip(fresh, _versions(fresh), strict=True)
    for codes, column in lists:
        if (codes, column) not in marks:
            marks[codes, column] = tuple(codes._default_manager.values_list("pk", column))
    mark = (connection.settings_dict["NAME"], *(marks[one] for one in (*models, *lists)))
    now = time.monotonic()
    if name not in _memory or _memory[name][0] != mark or now - _memory[name][1] > KEPT_SECONDS:
        _memory[name] = mark, now, make()
    return _memory[name][2]


def _versions(models: Sequence[type[Model]]) -> list[tuple[Any, ...]]:
    """Of each register how many records and versions it has, and the newest version, asked in one query."""
    quote = connection.ops.quote_name
    asked = []
    for model in models:
        rows, past = quote(model._meta.db_table), quote(history_of(model).model._meta.db_table)
        asked += [
            f"(SELECT COUNT(*) FROM {rows})",
            f"(SELECT MAX({quote(str(model._meta.pk.column))}) FROM {rows})",
            # counted too: of two versions written at once the newer may be seen first
            f"(SELECT COUNT(*) FROM {past})",
            f"(SELECT MAX(history_id) FROM {past})",
            f"(SELECT recorded_at FROM {past} ORDER BY history_id DESC LIMIT 1)",
        ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(asked)}")
        found = cursor.fetchone()
    each = len(asked) // len(models)
    return [tuple(found[at : at + each]) for at in range(0, len(asked), each)]
