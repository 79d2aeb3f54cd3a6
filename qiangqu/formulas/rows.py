"""The rows behind an atom's value: facts with their source and batch, recognitions, projects, organisations, parcels."""

# ruff: noqa: S608 - queries are composed here of fixed pieces, numbers and checked conditions

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from django.db.models import Model, Q

from qiangqu.base.errors import InputError
from qiangqu.base.periods import Period
from qiangqu.facts.models import Fact, SubjectKind
from qiangqu.lake.engine import connect
from qiangqu.registry.models import Area, Organisation, OrganisationKind, Parcel, Project, Recognition

from . import cells, mirror
from .catalog import Catalog
from .derivation import MODE_OF_KIND, Mode, alternatives, derivation_table
from .graph import Graph, Node
from .inputs import Inputs, stage_day, table_of

PAGE = 50
MAX_PAGE = 500
_MODELS: dict[int, type[Model]] = {
    SubjectKind.AREA: Area,
    SubjectKind.ORGANISATION: Organisation,
    SubjectKind.PROJECT: Project,
    SubjectKind.PARCEL: Parcel,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row behind a value. ``kind``: subject (a subject's sum over several facts), fact, recognition, project, organisation or parcel;
    ``counts``: whether the value uses it (a contradicting fact stands beside it unused)."""

    kind: str
    id: int
    name: str
    code: str = ""
    area: str = ""
    value: float | None = None
    unit: str = ""
    period: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    simulated: bool = False
    counts: bool = True
    facts: int = 0
    stated: str = ""
    note: str = ""
    source: dict[str, str] = field(default_factory=dict)
    batch: dict[str, Any] = field(default_factory=dict)
    subject_kind: int = 0

    @property
    def subject_key(self) -> str:
        """Kind and id of the subject, as addresses carry it."""
        return f"{self.subject_kind}-{self.id}"


@dataclass(frozen=True, slots=True)
class RowPage:
    """``total`` rows in all; ``sum`` of the values of all of them, in ``unit``."""

    rows: list[Row]
    total: int
    page: int
    size: int
    sum: float | None = None
    unit: str = ""

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def previous_page(self) -> int:
        return self.page - 1

    @property
    def next_page(self) -> int:
        return self.page + 1


def rows_of(
    node: Node,
    index: int,
    graph: Graph,
    catalog: Catalog,
    area: Area,
    period: Period,
    *,
    page: int = 1,
    size: int = PAGE,
    subject: tuple[int, int] | None = None,
) -> RowPage:
    """One page of the rows behind the atom ``node`` for ``area`` and ``period``, the largest first.

    Facts about enterprises are summed by subject when the period has several for each; ``subject`` (kind, id) gives that one's facts.
    """
    if page < 1 or not 1 <= size <= MAX_PAGE:
        raise InputError(f"页码从 1 起，每页 1—{MAX_PAGE} 行")
    match node.op:
        case "total" | "average" | "reporters":
            return _reported(node, index, graph, catalog, area, period, page, size, subject)
        case "official":
            return _official(node, catalog, [area.pk], period, page, size)
        case "area_sum":
            children = list(Area.objects.filter(parent=area).values_list("pk", flat=True))
            return _official(node, catalog, children, period, page, size)
        case "holders" | "recognised_since":
            return _recognitions(node, area, period, page, size)
        case "projects":
            return _projects(node, area, period, page, size)
        case "organisations" | "parcels":
            return _lives(node, area, period, page, size)
    raise InputError("只有取数的项才有明细行")


# ---------------------------------------------------------------- facts about enterprises, projects, parcels


def _reported(
    node: Node,
    index: int,
    graph: Graph,
    catalog: Catalog,
    area: Area,
    period: Period,
    page: int,
    size: int,
    subject: tuple[int, int] | None,
) -> RowPage:
    element_id, condition = node.params
    element = next(e for e in catalog.elements.values() if e.id == element_id)
    mode = Mode.FLOW if element.kind == "flow" else Mode.LAST
    ways = alternatives(period.key, mode)
    wanted = {source for _, parts in ways for source in parts}
    listed = ", ".join(map(str, sorted(wanted)))
    chosen = mirror.facts_sql(
        "f.id, f.element, f.sk, f.subject, f.period, f.value, f.sim",
        f"f.element = {element_id} AND f.period IN ({listed})",
    )
    on_value = cells.is_on_value(condition)
    attribute = "true" if on_value or not condition else condition
    with connect({"subjects": _subjects_below(area), "derive": derivation_table([period.key])}) as duck:
        duck.execute(
            f"CREATE TEMP TABLE mine AS SELECT f.*, d.way, d.rank, d.parts, ({attribute}) AS held FROM ({chosen}) f "
            f"JOIN subjects s ON s.sk = f.sk AND s.subject = f.subject "
            f"JOIN derive d ON d.source = f.period AND d.mode = {int(mode)}"
        )
        pick = duck.execute(
            f"""SELECT sk, sim, way FROM (
                SELECT sk, sim, way, rank, parts, COUNT(DISTINCT period) AS here, MAX(n) AS n FROM (
                    SELECT *, COUNT(*) FILTER (WHERE held) OVER (PARTITION BY sk, sim, way, period) AS n FROM mine) GROUP BY ALL)
            ORDER BY {cells.PICK_RANK} LIMIT 1"""
        ).fetchone()
        if pick is None:
            return RowPage([], 0, page, size, None, element.unit)
        sk, sim, way = pick
        used = f"SELECT * FROM mine WHERE held AND sk = {sk} AND sim = {sim} AND way = {way}"
        if on_value:
            duck.execute(
                "CREATE TEMP TABLE wide AS SELECT m.subject, SUM(m.value) AS value FROM mine m WHERE sk = ? AND sim = ? AND way = ? GROUP BY ALL",
                [sk, sim, way],
            )
            fits = f"SELECT w.subject FROM wide w JOIN subjects s ON s.sk = {sk} AND s.subject = w.subject WHERE {condition}"
            used += f" AND subject IN ({fits})"
        if subject is not None:
            used += f" AND sk = {int(subject[0])} AND subject = {int(subject[1])}"
        duck.execute(f"CREATE TEMP TABLE used AS {used}")
        facts, subjects, total = duck.execute(
            "SELECT COUNT(*), COUNT(DISTINCT subject), SUM(value) FROM used"
        ).fetchone()
        start = (page - 1) * size
        if subject is None and facts > subjects:
            found = duck.execute(
                f"SELECT subject, SUM(value), COUNT(*) FROM used GROUP BY subject ORDER BY SUM(value) DESC, subject LIMIT {size} OFFSET {start}"
            ).fetchall()
            rows = _subject_rows(found, sk, bool(sim), element.unit)
            return RowPage(rows, subjects, page, size, total, element.unit)
        order = "period, id" if subject is not None else "value DESC, id"
        ids = [
            i for (i,) in duck.execute(f"SELECT id FROM used ORDER BY {order} LIMIT {size} OFFSET {start}").fetchall()
        ]
    return RowPage(fact_rows(ids), facts, page, size, total, element.unit)


def _subjects_below(area: Area) -> pa.Table:
    return Inputs(kept=True).subjects_below(area.path)


def _subject_rows(found: Iterable[tuple[int, float, int]], sk: int, simulated: bool, unit: str) -> list[Row]:
    listed = list(found)
    names = _names(sk, [subject for subject, _, _ in listed])
    return [
        Row(
            "subject",
            subject,
            *names.get(subject, ("", "", "")),
            value=value,
            unit=unit,
            facts=count,
            simulated=simulated,
            subject_kind=sk,
        )
        for subject, value, count in listed
    ]


def _names(sk: int, ids: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """``(name, code, area)`` by id."""
    model: Any = _MODELS[sk]
    if model is Area:
        return {a.pk: (a.name, a.code, a.name) for a in Area.objects.filter(pk__in=ids)}
    name = "code" if model is Parcel else "name"
    return {
        i: (n, c, a)
        for i, n, c, a in model.objects.filter(pk__in=ids).values_list("pk", name, "code", "area__short_name")
    }


def fact_rows(ids: list[int], counts: bool | set[int] = True) -> list[Row]:
    """Facts by id, in that order, with source, batch, user and row number."""
    facts = {
        f.pk: f for f in Fact.objects.filter(pk__in=ids).select_related("element", "source", "batch", "batch__user")
    }
    kinds: dict[int, set[int]] = {}
    for fact in facts.values():
        kinds.setdefault(fact.subject_kind, set()).add(fact.subject_id)
    names = {kind: _names(kind, subjects) for kind, subjects in kinds.items()}
    rows = []
    for i in ids:
        fact = facts[i]
        batch, source = fact.batch, fact.source
        rows.append(
            Row(
                "fact",
                fact.pk,
                *names[fact.subject_kind].get(fact.subject_id, ("", "", "")),
                value=fact.value,
                unit=fact.element.unit,
                period=fact.period.code,
                simulated=batch.simulated,
                counts=counts if isinstance(counts, bool) else fact.pk in counts,
                stated=fact.stated,
                note=fact.note,
                source={"title": source.title, "url": source.url, "published_on": source.published_on}
                if source
                else {},
                batch={
                    "id": batch.pk,
                    "kind": batch.get_kind_display(),
                    "file": batch.file_name,
                    "row": fact.row,
                    "user": str(batch.user) if batch.user else "",
                    "at": batch.created_at.isoformat(timespec="seconds"),
                },
                subject_kind=fact.subject_kind,
            )
        )
    return rows


# ---------------------------------------------------------------- official figures


def _official(node: Node, catalog: Catalog, areas: list[int], period: Period, page: int, size: int) -> RowPage:
    """The figures that the value uses first, then those of other sources that it does not use."""
    element = next(e for e in catalog.elements.values() if e.id == node.params[0])
    ways = alternatives(period.key, MODE_OF_KIND[element.kind])
    wanted = sorted({source for _, parts in ways for source in parts})
    facts = Fact.objects.filter(
        element_id=element.id, period_key__in=wanted, subject_kind=SubjectKind.AREA, subject_id__in=areas
    ).filter(~Q(pk__in=Fact.objects.filter(element_id=element.id, supersedes__isnull=False).values("supersedes_id")))
    found = list(
        facts.values_list("pk", "subject_id", "period_key", "batch__simulated", "precedence", "source__published_on")
    )
    best: dict[tuple[int, int, bool], tuple[Any, ...]] = {}
    for pk, subject, key, simulated, precedence, published in found:
        rank = (precedence, published or "", pk)
        cell = (subject, key, simulated)
        if cell not in best or rank > best[cell][0]:
            best[cell] = (rank, pk)
    used: set[int] = set()
    for subject in areas:
        candidates = [
            (len({key for key in parts if (subject, key, sim) in best}) < len(parts), sim, rank, parts)
            for sim in (False, True)
            for rank, (_way, parts) in enumerate(ways)
            if any((subject, key, sim) in best for key in parts)
        ]
        if candidates:
            _short, sim, _rank, parts = min(candidates, key=lambda c: c[:3])
            used |= {best[subject, key, sim][1] for key in parts if (subject, key, sim) in best}
    ids = sorted((pk for pk, *_ in found), key=lambda pk: (pk not in used, pk))
    rows = fact_rows(ids[(page - 1) * size : page * size], used)
    total = sum(value for pk, value in facts.values_list("pk", "value") if pk in used) if used else None
    return RowPage(rows, len(ids), page, size, total, element.unit)


# ---------------------------------------------------------------- registers


def _window(period: Period, since: int = 0) -> tuple[dt.date, dt.date]:
    return (dt.date(since, 1, 1) if since else period.start, period.end)


def _preferred(queryset: Any) -> Any:
    """Real records, or simulated ones where there are no real ones at all."""
    return queryset.filter(simulated=False) if queryset.filter(simulated=False).exists() else queryset


def _recognitions(node: Node, area: Area, period: Period, page: int, size: int) -> RowPage:
    kinds = node.params if node.op == "holders" else node.params[:1]
    held = _preferred(Recognition.objects.filter(kind__code__in=kinds, holder__area__path__startswith=area.path))
    if node.op == "holders":
        held = held.filter(valid_from__lte=period.end).exclude(valid_to__lt=period.end)
        total = held.values("holder_id").distinct().count()
    else:
        first, last = _window(period, node.params[1])
        held = held.filter(valid_from__gte=first, valid_from__lte=last)
        total = held.count()
    count = held.count()
    chosen = held.select_related("kind", "holder", "holder__area").order_by("valid_from", "pk")[
        (page - 1) * size : page * size
    ]
    rows = [
        Row(
            "recognition",
            r.pk,
            r.holder.name + (f" · {r.subject_name}" if r.subject_name else ""),
            r.holder.code,
            r.holder.area.short_name,
            first=r.valid_from,
            last=r.valid_to,
            simulated=r.simulated,
            note=r.kind.name,
            source={"title": r.document_number, "url": "", "published_on": ""} if r.document_number else {},
            stated=r.certificate,
        )
        for r in chosen
    ]
    return RowPage(rows, count, page, size, float(total), "个")


def _projects(node: Node, area: Area, period: Period, page: int, size: int) -> RowPage:
    kind, stage = node.params
    found = _preferred(Project.objects.filter(kind__code=kind, area__path__startswith=area.path))
    names = ("id", "valid_from", "valid_to", "started_on", "finished_on", "accepted_on", "stage")
    if stage:
        days = {p["id"]: stage_day(p, stage) for p in found.values(*names)}
        ids = [i for i, day in days.items() if day and period.start <= day <= period.end]
    else:
        days = {}
        ids = list(
            found.filter(valid_from__lte=period.end).exclude(valid_to__lt=period.end).values_list("pk", flat=True)
        )
    ids.sort(key=lambda i: (days.get(i) or dt.date.min, i))
    shown = ids[(page - 1) * size : page * size]
    by_id = {p.pk: p for p in Project.objects.filter(pk__in=shown).select_related("area", "owner")}
    rows = [
        Row(
            "project",
            i,
            by_id[i].name,
            by_id[i].code,
            by_id[i].area.short_name,
            first=days.get(i) or by_id[i].valid_from,
            simulated=by_id[i].simulated,
            note=by_id[i].get_stage_display(),
        )
        for i in shown
    ]
    return RowPage(rows, len(ids), page, size, float(len(ids)), "个")


def _lives(node: Node, area: Area, period: Period, page: int, size: int) -> RowPage:
    is_land = node.op == "parcels"
    model: Any = Parcel if is_land else Organisation
    alive = model.objects.filter(area__path__startswith=area.path)
    if not is_land:
        alive = alive.filter(kind=OrganisationKind.ENTERPRISE)
    alive = _preferred(alive).filter(valid_from__lte=period.end).exclude(valid_to__lt=period.end)
    ids = list(alive.values_list("pk", flat=True))
    condition = node.params[0]
    sk = SubjectKind.PARCEL.value if is_land else SubjectKind.ORGANISATION.value
    if condition:
        listed = table_of([(i,) for i in ids], pa.schema([("id", pa.int32())]))
        with connect({"subjects": _subjects_below(area), "alive": listed}) as duck:
            query = f"SELECT l.id FROM alive l JOIN subjects s ON s.sk = {sk} AND s.subject = l.id WHERE {condition} ORDER BY l.id"
            ids = [i for (i,) in duck.execute(query).fetchall()]
    sizes = dict(Parcel.objects.filter(pk__in=ids).values_list("pk", "land_area")) if is_land else {}
    total = sum(sizes.values()) if is_land else float(len(ids))
    shown = ids[(page - 1) * size : page * size]
    records = {r.pk: r for r in model.objects.filter(pk__in=shown).select_related("area")}
    rows = [
        Row(
            "parcel" if is_land else "organisation",
            i,
            records[i].code if is_land else records[i].name,
            records[i].code,
            records[i].area.short_name,
            value=sizes.get(i),
            unit="亩" if is_land else "",
            first=records[i].valid_from,
            last=records[i].valid_to,
            simulated=records[i].simulated,
        )
        for i in shown
    ]
    return RowPage(rows, len(ids), page, size, total, "亩" if is_land else "个")
