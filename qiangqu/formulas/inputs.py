"""Registers as Arrow tables: what the engine joins facts with. Read from the database by a handful of queries."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from django.db.models import Count, Max, QuerySet

from qiangqu.facts.models import SubjectKind
from qiangqu.registry.models import (
    Area,
    Industry,
    Organisation,
    OrganisationKind,
    Parcel,
    Project,
    ProjectStage,
    Recognition,
)

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
        ("area", pa.int32()),
        *((name, pa.string()) for name in ("industry", "sector", "chain", "scale", "ownership", "use", "status")),
    ]
)
LIFE = pa.schema(
    [("id", pa.int32()), ("area", pa.int32()), ("first", pa.date32()), ("last", pa.date32()), ("sim", pa.int8())]
)


def table_of(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Rows of tuples as a table of ``schema``."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


@dataclass(frozen=True, slots=True)
class AreaRow:
    id: int
    code: str
    name: str
    level: str
    path: str
    parent: int | None
    depth: int
    first: dt.date
    last: dt.date | None


class Inputs:
    """Lazily read registers; one object serves one evaluation. With ``kept`` the subjects may come from this process's memory when no register
    behind them has a new version since (for answers to a person; an evaluation that stores its results reads them)."""

    def __init__(self, kept: bool = False) -> None:
        self.kept = kept

    @cached_property
    def areas(self) -> list[AreaRow]:
        rows = Area.objects.order_by("path").values_list(
            "id", "code", "name", "level", "path", "parent_id", "valid_from", "valid_to"
        )
        return [AreaRow(*row[:6], row[4].count("/") - 2, *row[6:]) for row in rows]

    @cached_property
    def area_by_id(self) -> dict[int, AreaRow]:
        return {area.id: area for area in self.areas}

    @cached_property
    def area_table(self) -> pa.Table:
        schema = pa.schema(
            [
                ("area", pa.int32()),
                ("parent", pa.int32()),
                ("depth", pa.int32()),
                ("level", pa.string()),
                ("first", pa.date32()),
                ("last", pa.date32()),
            ]
        )
        return table_of([(a.id, a.parent, a.depth, a.level, a.first, a.last) for a in self.areas], schema)

    @cached_property
    def ancestors(self) -> pa.Table:
        """``area, ancestor``: each area with itself and all areas above it."""
        rows = []
        for area in self.areas:
            at: AreaRow | None = area
            while at is not None:
                rows.append((area.id, at.id))
                at = self.area_by_id.get(at.parent) if at.parent is not None else None
        return table_of(rows, pa.schema([("area", pa.int32()), ("ancestor", pa.int32())]))

    @cached_property
    def subjects(self) -> pa.Table:
        """Whom facts are about and where: organisations, projects and parcels with the attributes of who owns them."""
        return _kept_subjects() if self.kept else _read_subjects()

    def subjects_below(self, path: str) -> pa.Table:
        """Those of the subtree of the area with this path."""
        inside = [area.id for area in self.areas if area.path.startswith(path)]
        return self.subjects.filter(pc.is_in(self.subjects["area"], pa.array(inside, pa.int32())))

    @cached_property
    def enterprises(self) -> pa.Table:
        """Life of enterprises (first to last day)."""
        alive = Organisation.objects.filter(kind=OrganisationKind.ENTERPRISE)
        return _lives(alive.values_list("id", "area_id", "valid_from", "valid_to", "simulated"))

    @cached_property
    def parcels(self) -> pa.Table:
        """Life and size (亩) of parcels."""
        rows = Parcel.objects.values_list("id", "area_id", "valid_from", "valid_to", "simulated", "land_area")
        return table_of(
            [(*row[:4], int(row[4]), row[5]) for row in rows], LIFE.append(pa.field("weight", pa.float64()))
        )

    def recognitions(self, kinds: Iterable[str]) -> list[tuple[str, int, int, dt.date, dt.date | None, bool]]:
        """``(kind, holder, area, first, last, simulated)``."""
        return list(
            Recognition.objects.filter(kind__code__in=set(kinds)).values_list(
                "kind__code", "holder_id", "holder__area_id", "valid_from", "valid_to", "simulated"
            )
        )

    def projects(self, kinds: Iterable[str]) -> list[dict[str, Any]]:
        names = (
            "id",
            "kind__code",
            "area_id",
            "valid_from",
            "valid_to",
            "started_on",
            "finished_on",
            "accepted_on",
            "stage",
            "simulated",
        )
        wanted = Project.objects.filter(kind__code__in=set(kinds)).values_list(*names)
        return [dict(zip(names, row, strict=True)) for row in wanted]


def stage_day(project: dict[str, Any], stage: str) -> dt.date | None:
    """The day on which a project reached ``stage`` (the earliest day that is known for it or for a later stage); None when it has not."""
    if stage == "cancelled":
        return project["valid_to"] if project["stage"] == ProjectStage.CANCELLED else None
    return next((project[name] for name in STAGE_DAYS[stage] if project[name]), None)


def _lives(rows: "QuerySet[Any, Any]") -> pa.Table:
    return table_of([(*row[:4], int(row[4])) for row in rows.iterator(chunk_size=20_000)], LIFE)


def fingerprint(rows: Iterable[Any]) -> str:
    """A short hash of plain data, to see whether it changed."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(row).encode())
    return digest.hexdigest()[:32]


# of this process: reading tens of thousands of subjects takes a tenth of a second, asking whether they changed a thousandth
_subjects: tuple[tuple[Any, ...], pa.Table] | None = None


def _kept_subjects() -> pa.Table:
    """The subjects' table, read again when a register behind it changed: rows added or removed, or a newer version of a record."""
    global _subjects
    mark: tuple[Any, ...] = (connection.settings_dict["NAME"],)
    for model in (Organisation, Project, Parcel):
        mark += tuple(model.objects.aggregate(a=Count("pk"), b=Max("pk")).values())
        newest = model.history.order_by("-history_id").values_list("history_id", "recorded_at")  # type: ignore[attr-defined]
        mark += tuple(newest[:1])
    mark += tuple(Industry.objects.values_list("pk", "code"))
    if _subjects is None or _subjects[0] != mark:
        _subjects = mark, _read_subjects()
    return _subjects[1]


def _read_subjects() -> pa.Table:
    organisations = Organisation.objects.values_list(
        "id", "area_id", "industry_code", "sector__code", "chain__code", "scale", "ownership"
    )
    rows = [
        (SubjectKind.ORGANISATION.value, id_, area, *("" if v is None else v for v in rest), "", "")
        for id_, area, *rest in organisations.iterator(chunk_size=20_000)
    ]
    owned = ("industry_code", "sector__code", "chain__code", "scale", "ownership")
    projects = Project.objects.values_list("id", "area_id", "sector__code", *(f"owner__{name}" for name in owned))
    for id_, area, sector, industry, owner_sector, *rest in projects.iterator(chunk_size=20_000):
        rest = ["" if value is None else value for value in rest]
        rows.append((SubjectKind.PROJECT.value, id_, area, industry or "", sector or owner_sector or "", *rest, "", ""))
    parcels = Parcel.objects.values_list("id", "area_id", *(f"holder__{name}" for name in owned), "use", "status")
    for id_, area, *rest in parcels.iterator(chunk_size=20_000):
        rows.append((SubjectKind.PARCEL.value, id_, area, *("" if value is None else value for value in rest)))
    return table_of(rows, SUBJECTS)
