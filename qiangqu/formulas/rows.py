"""The rows behind an atom's value: facts with their source and batch, recognitions, projects, organisations,
parcels.
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces, numbers and checked conditions

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.periods import Period
from qiangqu.facts import reading, subjects
from qiangqu.facts.columns import Columns, listed, snapshot
from qiangqu.facts.current import standing
from qiangqu.facts.models import FactBatch
from qiangqu.facts.reading import FactRow, Where, by_id
from qiangqu.lake.engine import connect
from qiangqu.registry.models import Area, Organisation, Parcel, Project, ProjectStage, Recognition
from qiangqu.registry.subjects import AREA

from . import cells, register_cells, shares
from .catalog import Catalog, ElementInfo
from .derivation import MODE_OF_KIND, Mode, alternatives, derivation_table, sources
from .graph import REGISTER_ATOMS, Graph, Node
from .inputs import Inputs, stage_day
from .spells import month_of
from .tree import Tree

PAGE = 50
MAX_PAGE = 500


class Choice(IntEnum):
    """Which figures the parts of an opened value use: real ones only, or simulated ones (and real ones of
    what has no simulated ones).
    """

    REAL = 0
    SIMULATED = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row behind a value. ``kind``: subject (a subject's sum over several facts), fact, recognition,
    project, organisation, parcel, or record (of a declared register, ``subject_kind``); ``counts``: whether
    the value uses it (a contradicting fact stands beside it unused)."""

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
    note_url: str = ""
    source: dict[str, str] = field(default_factory=dict)
    batch: dict[str, Any] = field(default_factory=dict)
    subject_kind: int = 0
    #: of a fact: the record that it is about, and what it is called outside
    subject_id: int = 0
    ref: str = ""

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


def read_subject(text: str) -> tuple[int, int] | None:
    """Kind and id of a :attr:`Row.subject_key`; None for "". Raises InputError for anything else.

    >>> read_subject("2-15"), read_subject("")
    ((2, 15), None)
    """
    if not text:
        return None
    kind, _dash, pk = text.partition("-")
    if not (text.isascii() and kind.isdigit() and pk.isdigit() and len(text) < 16):
        raise InputError("对象应写作“类别-编号”，如明细行所给的 2-15", where="subject")
    return int(kind), int(pk)


def rows_of(
    node: Node,
    index: int,
    graph: Graph,
    catalog: Catalog,
    area: Any,
    period: Period,
    choice: Choice,
    *,
    page: int = 1,
    size: int = PAGE,
    subject: tuple[int, int] | None = None,
    inputs: Inputs | None = None,
    all_facts: Columns | None = None,
) -> RowPage:
    """One page of the rows behind the atom ``node`` for ``area`` and ``period``, the largest first;
    ``choice`` is that of the opened value.

    ``area`` is a record of a register where ``inputs`` (:class:`qiangqu.formulas.each.RecordInputs`) are
    those of one.

    Facts about enterprises are summed by subject when the period has several for each; ``subject`` (kind, id)
    gives that one's facts.
    """
    if page < 1 or not 1 <= size <= MAX_PAGE:
        raise InputError(f"页码从 1 起，每页 1—{MAX_PAGE} 行")
    inputs = inputs or Inputs(kept=True)
    match node.op:
        case "total" | "average" | "reporters":
            return _reported(node, catalog, inputs, area, period, choice, page, size, subject, all_facts or snapshot())
        case "official":
            return _official(_element(catalog, node), area, period, choice, page, size)
        case "area_sum":
            return _area_sum(_element(catalog, node), area, period, choice, page, size)
        case op if op in REGISTER_ATOMS:
            return _registered(node, index, graph, inputs, area, period, choice, page, size)
    raise InputError("只有取数的项才有明细行")


def _element(catalog: Catalog, node: Node) -> ElementInfo:
    return next(e for e in catalog.elements.values() if e.id == node.params[0])


def _below(inputs: Inputs, area: Any) -> pa.Table:
    """``area, first, last``: what lay below an area, itself included, from month to month."""
    return inputs.ancestors.filter(pc.equal(inputs.ancestors["ancestor"], area.pk))


# ---------------------------------------------------------------- facts about enterprises, projects, parcels


def _reported(
    node: Node,
    catalog: Catalog,
    inputs: Inputs,
    area: Any,
    period: Period,
    choice: Choice,
    page: int,
    size: int,
    subject: tuple[int, int] | None,
    all_facts: Columns,
) -> RowPage:
    condition = node.params[1]
    element = _element(catalog, node)
    mode = Mode.FLOW if element.kind == "flow" else Mode.LAST
    keys = set(sources(period.key, mode))
    chosen = all_facts.facts_sql(
        "f.id, f.element, f.sk, f.subject, f.period, f.value, f.sim",
        f"f.element = {element.id} AND f.period IN ({listed(keys)})",
        {element.id},
        keys,
    )
    deep = cells.is_deep(node.op, condition, mode)
    attribute = "true" if deep or not condition else condition
    month = cells.month_sql("f.period")
    below, whole = _below(inputs, area), not inputs.shares.num_rows
    there = inputs.subjects
    if whole:
        # few of all, and DuckDB need not look for them
        there = there.filter(pc.is_in(there["area"], below["area"].combine_chunks()))
    tables = {
        "subjects": there,
        "below": below,
        "derive": derivation_table([period.key]),
        **({} if whole else {"shares": inputs.shares}),
        **all_facts.tables,
    }
    # what is shared out by an agreement: the parts that count here, together
    counted = "s.area" if whole else "COALESCE(w.to_area, s.area)"
    by = "CASE WHEN SUM(COALESCE(w.share, 1)) < 1 - 1e-9 THEN MAX(w.agreement) END AS agreement"
    # of simulated figures the complete ones, then real ones, as qiangqu.formulas.arrays takes them
    first, asked = (
        ("sim", "sim = 0")
        if choice == Choice.REAL
        else ("CASE WHEN here = parts THEN 1 - sim ELSE 2 + sim END", "true")
    )
    value, joined, grouped = "f.value, NULL::INTEGER AS agreement", "", ""
    if not whole:
        value = f"ANY_VALUE(f.value) * SUM(COALESCE(w.share, 1)) AS value, {by}"
        joined, grouped = shares.joined("f", "s.area", month), "GROUP BY ALL"
    with connect(tables) as duck:
        # each fact where its subject was when the fact's own period ended
        duck.execute(
            "CREATE TEMP TABLE mine AS SELECT f.id, f.element, f.sk, f.subject, f.period, f.sim, s.area, d.way, d.rank, d.parts, "
            f"({attribute}) AS held, {value} FROM ({chosen}) f "
            f"JOIN subjects s ON s.sk = f.sk AND s.subject = f.subject AND {cells.within_sql(month, 's')} "
            f"{joined} JOIN below b ON b.area = {counted} AND {cells.within_sql(month, 'b')} "
            f"JOIN derive d ON d.source = f.period AND d.mode = {int(mode)} {grouped}"
        )
        pick = duck.execute(
            f"""SELECT sk, sim, way FROM (
                SELECT sk, sim, way, rank, parts, COUNT(DISTINCT period) AS here, MAX(n) AS n FROM (
                    SELECT *, COUNT(*) FILTER (WHERE held) OVER (PARTITION BY sk, sim, way, period) AS n FROM mine) GROUP BY ALL)
            WHERE {asked} ORDER BY {first}, {cells.PICK_RANK} LIMIT 1"""
        ).fetchone()
        if pick is None:
            return RowPage([], 0, page, size, None, element.unit)
        sk, sim, way = pick
        used = f"SELECT * FROM mine WHERE held AND sk = {sk} AND sim = {sim} AND way = {way}"
        if deep:
            # whole subjects, with what they were at the end of the period that is asked
            end = month_of(period.end)
            part, joined, grouped = "1 AS part, NULL::INTEGER AS agreement", "", ""
            if not whole:
                part = f"SUM(COALESCE(w.share, 1)) AS part, {by}"
                joined, grouped = shares.joined("v", "s.area", str(end), str(element.id)), "GROUP BY ALL"
            duck.execute(
                f"""CREATE TEMP TABLE wide AS SELECT v.subject, s.area, {part} FROM (
                    SELECT {sk} AS sk, f.subject, SUM(f.value) AS value FROM ({chosen}) f
                    JOIN derive d ON d.source = f.period AND d.mode = {int(mode)} AND d.way = {way}
                    WHERE f.sk = {sk} AND f.sim = {sim} GROUP BY ALL) v
                JOIN subjects s ON s.sk = {sk} AND s.subject = v.subject AND {cells.within_sql(str(end), "s")} {joined}
                JOIN below b ON b.area = {counted} AND {cells.within_sql(str(end), "b")} WHERE {condition or "true"} {grouped}"""
            )
            used = (
                f"SELECT f.* REPLACE (f.value * w.part AS value), w.area, w.agreement FROM ({chosen}) f JOIN wide w ON w.subject = f.subject "
                f"JOIN derive d ON d.source = f.period AND d.mode = {int(mode)} AND d.way = {way} WHERE f.sk = {sk} AND f.sim = {sim}"
            )
        if subject is not None:
            used = f"SELECT * FROM ({used}) u WHERE u.sk = {int(subject[0])} AND u.subject = {int(subject[1])}"
        duck.execute(f"CREATE TEMP TABLE used AS {used}")
        facts, subjects, total = duck.execute(
            "SELECT COUNT(*), COUNT(DISTINCT subject), SUM(value) FROM used"
        ).fetchone()
        start = (page - 1) * size
        if subject is None and facts > subjects:
            found = duck.execute(
                "SELECT subject, SUM(value), COUNT(*), ARG_MAX(area, period), MIN(id), MAX(agreement) FROM used GROUP BY subject "
                f"ORDER BY SUM(value) DESC, subject LIMIT {size} OFFSET {start}"
            ).fetchall()
            rows = _subject_rows(found, sk, bool(sim), element, inputs)
            return RowPage(rows, subjects, page, size, total, element.unit)
        order = "period, id" if subject is not None else "value DESC, id"
        listed_facts = duck.execute(
            f"SELECT id, area, value, agreement FROM used ORDER BY {order} LIMIT {size} OFFSET {start}"
        ).fetchall()
    # where its subject was then; of a record that owns it, it is said where it is now
    places = {pk: place for pk, place, *_ in listed_facts} if inputs.of_areas else None
    rows = fact_rows([pk for pk, *_ in listed_facts], places=places, element=element.id)
    rows = [
        row if number is None else _shared_row(row, value, inputs.agreements[number])
        for row, (_pk, _place, value, number) in zip(rows, listed_facts, strict=True)
    ]
    return RowPage(rows, facts, page, size, total, element.unit)


def _shared_row(row: Row, value: float, agreement: shares.Agreement) -> Row:
    """A fact of which only a part counts here, and by what agreement."""
    words = _("按%(agreement)s计入 %(share)s %%，全数 %(whole)s")
    part = f"{value / row.value * 100:.1f}" if row.value else "0"
    whole = f"{row.value:,.10g}" if row.value is not None else ""
    note = "；".join(
        text for text in (row.note, words % {"agreement": agreement.label, "share": part, "whole": whole}) if text
    )
    return replace(row, value=value, note=note, note_url=agreement.url)


def _subject_rows(
    found: Iterable[tuple[int, float, int, int, int, int | None]],
    sk: int,
    simulated: bool,
    element: ElementInfo,
    inputs: Inputs,
) -> list[Row]:
    """Subjects with their sums; where the figures came from is told by the first of their facts."""
    listed = list(found)
    names = _names(sk, [subject for subject, *_ in listed])
    places = inputs.place_names(area for *_, area, _first, _by in listed)
    first = by_id([pk for *_, pk, _by in listed], [element.id])
    shared = dict(enumerate(inputs.agreements))
    return [
        Row(
            "subject",
            subject,
            *names.get(subject, ("", ""))[:2],
            area=places.get(area, ""),
            value=value,
            unit=element.unit,
            facts=count,
            simulated=simulated,
            source=_source(first[pk]),
            batch=_batch(first[pk].batch) | {"row": None},
            subject_kind=sk,
            note=_("按%(agreement)s分成") % {"agreement": shared[by].label} if by is not None else "",
            note_url=shared[by].url if by is not None else "",
        )
        for subject, value, count, area, pk, by in listed
    ]


def _short_names(areas: Iterable[int]) -> dict[int, str]:
    return dict(Area.objects.filter(pk__in=set(areas)).values_list("pk", "short_name"))


def _source(fact: FactRow) -> dict[str, str]:
    source = fact.source
    return {"title": source.title, "url": source.url, "published_on": source.published_on} if source else {}


def _batch(batch: FactBatch) -> dict[str, Any]:
    return {
        "id": batch.pk,
        "kind": batch.get_kind_display(),
        "file": batch.file_name,
        "user": str(batch.user) if batch.user else "",
        "at": batch.created_at.isoformat(timespec="seconds"),
    }


def _names(sk: int, ids: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """``(name, code, area)`` by id."""
    subject = subjects.by_number(sk)
    if subject is None:
        return {}
    code = subject.codes[0]
    columns = (
        (*subject.names[:1], code)[0],
        code,
        subjects.area_lookup(subject, "short_name" if subject.area else "name"),
    )
    records = subjects.model_of(subject).objects.filter(pk__in=ids)
    return {pk: (name, known, area) for pk, name, known, area in records.values_list("pk", *columns)}


def fact_rows(
    ids: list[int],
    counts: bool | set[int] = True,
    places: Mapping[int, int] | None = None,
    element: int | None = None,
) -> list[Row]:
    """Facts by id, in that order, with source, batch, user and row number; ``places``: the areas where their
    subjects were then, by fact; ``element``: that of all of them, where it is known.
    """
    facts = by_id(ids, None if element is None else [element])
    kinds: dict[int, set[int]] = {}
    for fact in facts.values():
        kinds.setdefault(fact.subject_kind, set()).add(fact.subject_id)
    names = {kind: _names(kind, subjects) for kind, subjects in kinds.items()}
    then = _short_names((places or {}).values())
    batches = {one.batch.pk: _batch(one.batch) for one in {fact.batch.pk: fact for fact in facts.values()}.values()}
    rows = []
    for i in ids:
        fact = facts[i]
        name, code, area = names[fact.subject_kind].get(fact.subject_id, ("", "", ""))
        rows.append(
            Row(
                "fact",
                fact.pk,
                name,
                code,
                then.get((places or {}).get(i, 0), area),
                value=fact.value,
                unit=fact.element.unit,
                period=fact.period.code,
                simulated=fact.batch.simulated,
                counts=counts if isinstance(counts, bool) else fact.pk in counts,
                stated=fact.stated,
                note=fact.note,
                source=_source(fact),
                batch=batches[fact.batch.pk] | {"row": fact.row},
                subject_kind=fact.subject_kind,
                subject_id=fact.subject_id,
                ref=fact.ref,
            )
        )
    return rows


# ---------------------------------------------------------------- official figures


@dataclass(frozen=True)
class _Figures:
    """Published figures of one element: of each area and period the one that counts, real and simulated
    apart.
    """

    ids: list[int]
    best: dict[tuple[int, int, bool], int]
    values: dict[int, float]
    ways: Sequence[tuple[int, tuple[int, ...]]]

    def whole(self, area: int, simulated: bool) -> set[int] | None:
        """The figures that make up the area's value; None when they are not complete."""
        for _way, parts in self.ways:
            if all((area, key, simulated) in self.best for key in parts):
                return {self.best[area, key, simulated] for key in parts}
        return None

    def known(self, area: int, choice: Choice) -> set[int]:
        """What there is of an area's value that is not complete."""
        for simulated in (False, True)[: choice + 1]:
            for _way, parts in self.ways:
                found = {self.best[area, key, simulated] for key in parts if (area, key, simulated) in self.best}
                if found:
                    return found
        return set()

    def page(self, used: set[int], unit: str, page: int, size: int) -> RowPage:
        """The used figures first, then those of other sources, which are not used."""
        ids = sorted(self.ids, key=lambda pk: (pk not in used, pk))
        rows = fact_rows(ids[(page - 1) * size : page * size], used)
        return RowPage(rows, len(ids), page, size, sum(self.values[pk] for pk in used) if used else None, unit)


def _figures(element: ElementInfo, areas: Iterable[int], period: Period) -> _Figures:
    ways = alternatives(period.key, MODE_OF_KIND[element.kind])
    wanted = sorted({source for _, parts in ways for source in parts})
    asked = Where(elements=[element.id], periods=wanted, kind=AREA.number, subjects=list(areas))
    best: dict[tuple[int, int, bool], tuple[Any, ...]] = {}
    values = {}
    for fact in standing(reading.rows(asked)):
        values[fact.pk] = fact.value
        rank = (fact.precedence, fact.source.published_on if fact.source else "", fact.pk)
        cell = fact.subject_id, fact.period_key, fact.batch.simulated
        best[cell] = max(best.get(cell, rank), rank)
    return _Figures(list(values), {cell: rank[2] for cell, rank in best.items()}, values, ways)


def _official(element: ElementInfo, area: Area, period: Period, choice: Choice, page: int, size: int) -> RowPage:
    figures = _figures(element, [area.pk], period)
    whole = (figures.whole(area.pk, simulated) for simulated in _in_order(choice))
    used = next((found for found in whole if found), None) or figures.known(area.pk, choice)
    return figures.page(used, element.unit, page, size)


def _in_order(choice: Choice) -> tuple[bool, ...]:
    """Whether real (False) or simulated figures (True) are looked for, one after the other."""
    return (False,) if choice == Choice.REAL else (True, False)


def _area_sum(element: ElementInfo, area: Area, period: Period, choice: Choice, page: int, size: int) -> RowPage:
    """The figures of the parts; of a part that has none of its own those of its parts."""
    inputs, month = Inputs(kept=True), month_of(period.end)
    tree = inputs.tree(month)
    there = {a.id for a in inputs.areas if a.first <= period.end and (a.last is None or a.last >= period.start)}
    figures = _figures(element, tree.below(area.pk) - {area.pk}, period)
    used = next((u for sim in _in_order(choice) if (u := _parts(figures, tree, there, area.pk, sim))), None)
    if used is None:
        used = set().union(*(figures.known(child, choice) for child in tree.children.get(area.pk, [])))
    return figures.page(used, element.unit, page, size)


def _parts(figures: _Figures, tree: Tree, there: set[int], area: int, simulated: bool) -> set[int] | None:
    used: set[int] = set()
    for child in tree.children.get(area, []):
        found = figures.whole(child, simulated) or _parts(figures, tree, there, child, simulated)
        if found:
            used |= found
        elif child in there:
            return None
    return used or None


# ---------------------------------------------------------------- registers


def _registered(
    node: Node,
    index: int,
    graph: Graph,
    inputs: Inputs,
    area: Any,
    period: Period,
    choice: Choice,
    page: int,
    size: int,
) -> RowPage:
    """The records that a register atom counts, as the engine counts them."""
    tables = register_cells.register_inputs([index], graph, inputs) | {
        "subjects": inputs.subjects,
        "below": _below(inputs, area),
    }
    first, month = month_of(period.start), month_of(period.end)
    dated = node.op == "recognised_since" or (node.op == "projects" and bool(node.params[1]))
    if node.op == "recognised_since":
        first = node.params[1] * 12 + 1
    lives = ", ".join(register_cells.lives_tables([index], graph))
    with connect(tables) as duck:
        duck.execute(
            f"""CREATE TEMP TABLE here AS WITH {lives}
            SELECT l.rec, l.item, l.area, l.sim, l.weight, l.fits AND {not dated} AS fits, {month} AS m FROM lives l
            JOIN below b ON b.area = l.area AND {cells.within_sql(str(month), "b")} WHERE {cells.within_sql(str(month), "l")}
            UNION ALL SELECT d.rec, d.item, d.area, d.sim, 1, true, d.m FROM dated d
            JOIN below b ON b.area = d.area AND {cells.within_sql("d.m", "b")} WHERE d.m BETWEEN {first} AND {month}"""
        )
        sim = "0" if choice == Choice.REAL else "(SELECT MAX(sim) FROM here)"
        used = f"FROM here WHERE fits AND sim = {sim}"
        count, items, weight = duck.execute(f"SELECT COUNT(*), COUNT(DISTINCT item), SUM(weight) {used}").fetchone()
        found = duck.execute(
            f"SELECT rec, area, weight, m {used} ORDER BY m, rec LIMIT {size} OFFSET {(page - 1) * size}"
        ).fetchall()
    total = items if node.op == "holders" else weight or 0 if node.op in ("parcels", "sum") else count
    rows = _RECORDS[node.op](node, found, inputs.place_names(place for _, place, *_ in found))
    return RowPage(rows, count, page, size, float(total), node.unit or "")


_Found = Sequence[tuple[int, int, float, int]]  # record, area, weight, month


def _recognition_rows(_node: Node, found: _Found, places: Mapping[int, str]) -> list[Row]:
    records = Recognition.objects.select_related("kind", "holder").in_bulk([pk for pk, *_ in found])
    return [
        Row(
            "recognition",
            pk,
            r.holder.name + (f" · {r.subject_name}" if r.subject_name else ""),
            r.holder.code,
            places[area],
            first=r.valid_from,
            last=r.valid_to,
            simulated=r.simulated,
            note=r.kind.name,
            source={"title": r.document_number, "url": "", "published_on": ""} if r.document_number else {},
            stated=r.certificate,
        )
        for pk, area, _weight, _month in found
        for r in [records[pk]]
    ]


def _project_rows(node: Node, found: _Found, places: Mapping[int, str]) -> list[Row]:
    records = Project.objects.in_bulk([pk for pk, *_ in found])
    stage = node.params[1]
    rows = []
    for pk, area, _weight, month in found:
        one = records[pk]
        day = stage_day({name: getattr(one, name) for name in _STAGE_COLUMNS}, stage) if stage else None
        day = day if day and month_of(day) == month else None
        said = ProjectStage(stage).label if stage else one.get_stage_display()
        period = "" if day or not stage else f"{(month - 1) // 12}-{(month - 1) % 12 + 1:02d}"
        rows.append(
            Row(
                "project",
                pk,
                one.name,
                one.code,
                places[area],
                first=day or (None if stage else one.valid_from),
                period=period,
                simulated=one.simulated,
                note=str(said),
            )
        )
    return rows


_STAGE_COLUMNS = ("stage", "valid_from", "valid_to", "started_on", "finished_on", "accepted_on")


def _organisation_rows(_node: Node, found: _Found, places: Mapping[int, str]) -> list[Row]:
    records = Organisation.objects.in_bulk([pk for pk, *_ in found])
    return [_life_row("organisation", records[pk], records[pk].name, places[area]) for pk, area, *_ in found]


def _parcel_rows(_node: Node, found: _Found, places: Mapping[int, str]) -> list[Row]:
    records = Parcel.objects.in_bulk([pk for pk, *_ in found])
    return [
        _life_row("parcel", records[pk], records[pk].code, places[area], value=size, unit="亩")
        for pk, area, size, _month in found
    ]


def _record_rows(node: Node, found: _Found, places: Mapping[int, str]) -> list[Row]:
    """Records of a declared register; of sum() each with what it adds."""
    subject = subjects.by_code(node.params[0])
    names = _names(subject.number, [pk for pk, *_ in found])
    records = subjects.model_of(subject).objects.in_bulk([pk for pk, *_ in found])
    rows = []
    for pk, area, weight, _month in found:
        row = _life_row("record", records[pk], names[pk][0], places[area], subject_kind=subject.number)
        row = replace(row, code=names[pk][1])
        rows.append(replace(row, value=weight, unit=node.unit or "") if node.op == "sum" else row)
    return rows


def _life_row(kind: str, one: Any, name: str, area: str, **more: Any) -> Row:
    return Row(
        kind,
        one.pk,
        name,
        getattr(one, "code", ""),
        area,
        first=one.valid_from,
        last=one.valid_to,
        simulated=one.simulated,
        **more,
    )


_RECORDS: dict[str, Callable[[Node, _Found, Mapping[int, str]], list[Row]]] = {
    "holders": _recognition_rows,
    "recognised_since": _recognition_rows,
    "projects": _project_rows,
    "organisations": _organisation_rows,
    "parcels": _parcel_rows,
    "count": _record_rows,
    "sum": _record_rows,
}
