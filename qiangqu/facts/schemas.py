"""Shapes of the JSON of facts."""

import datetime as dt
from typing import Any
from uuid import UUID

from ninja import Schema

from qiangqu.base.periods import from_key
from qiangqu.registry.named import Named, named

from . import subjects


class ElementOut(Schema):
    code: str
    name: str
    unit: str
    kind: str
    aggregation: str
    decimals: int
    growth_of: str | None
    subjects: list[str]
    definition: str
    source: str


class ElementPage(Schema):
    count: int
    items: list[ElementOut]


class AreaValue(Schema):
    """``value`` null: nothing was published or entered (``reason``)."""

    area: str
    name: str
    period: str | None
    value: float | None
    simulated: bool
    fact: str | None
    reason: str


class AreaSum(Schema):
    area: str
    name: str
    period: str
    organisations: int
    total: float
    simulated: bool


class Point(Schema):
    period: str
    value: float | None


class UseOut(Schema):
    kind: str
    name: str
    url: str


class ElementDetail(ElementOut):
    by: str
    simulated: bool
    areas: list[AreaValue]
    sums: list[AreaSum]
    series: list[Point]
    uses: list[UseOut]


class SourceOut(Schema):
    id: int
    uid: UUID
    title: str
    url: str
    published_on: str


class SourcePage(Schema):
    count: int
    items: list[SourceOut]


class FactOut(Schema):
    """``value`` in ``unit``; ``subject_kind`` is the code of a declared register; ``state``: current (counts
    in its cell), beside (another one counts), superseded. On every node a fact is the ``number``-th of the
    batch ``batch_uid``; ``id`` is batch and number on this one."""

    id: str
    batch_uid: UUID
    number: int
    origin: str
    element: str
    element_name: str
    subject_kind: str
    subject: str
    subject_name: str
    period: str
    value: float
    unit: str
    stated: str
    state: str
    simulated: bool
    source: SourceOut | None
    batch: int
    row: int | None
    note: str
    supersedes: str | None
    entered_at: dt.datetime
    entered_by: str | None


class FactPage(Schema):
    items: list[FactOut]
    next: str
    stopped: bool


class Beside(Schema):
    id: str
    value: float
    simulated: bool
    source: SourceOut | None
    entered_at: dt.datetime


class FactName(Schema):
    batch_uid: UUID
    number: int


class FactDetail(FactOut):
    supersedes_fact: FactName | None
    superseded_by: str | None
    counting: str | None
    contradicting: list[Beside]
    confirming: list[Beside]
    history: list[Beside]
    uses: list[UseOut]


class BatchOut(Named):
    id: int
    key: str
    kind: str
    file_name: str
    sha256: str
    user: str | None
    created_at: dt.datetime
    simulated: bool
    rows: int
    repeats: int
    corrections: int
    note: str
    withdraws: int | None
    withdrawn_by: int | None


class WithdrawalPreview(Schema):
    """What taking a batch back would change (see :class:`.withdrawing.Consequences`)."""

    facts: int
    restored: int
    corrected_since: int
    elements: list[str]
    periods: int
    uses: list[UseOut]


class BatchPage(Schema):
    count: int
    items: list[BatchOut]


class JobOut(Schema):
    """``status``: waiting checking ready faulty confirmed importing done failed dropped."""

    token: str
    file_name: str
    size: int
    sha256: str
    status: str
    progress: int
    error: str
    batch: int | None
    created_at: dt.datetime


class JobPage(Schema):
    count: int
    items: list[JobOut]


class JobDetail(JobOut):
    preview: dict[str, Any]


class ItemOut(Schema):
    element: str
    name: str
    unit: str
    required: bool
    minimum: float | None
    maximum: float | None
    max_change: float | None


class FormOut(Schema):
    code: str
    name: str
    frequency: str
    due_days: int
    area: str
    scale: str
    source: str
    periods: list[str]
    items: list[ItemOut]


class OrganisationOut(Schema):
    code: str
    name: str
    area: str


class ReturnsOut(Schema):
    form: str
    period: str
    due: dt.date
    asked: int
    missing: int
    draft: int
    submitted: int
    returned: int
    approved: int
    missing_list: list[OrganisationOut]


class ReportOut(Schema):
    id: int | None
    form: str
    organisation: OrganisationOut
    period: str
    status: str
    round: int
    submitted_at: dt.datetime | None
    reviewed_at: dt.datetime | None
    review_note: str
    batch: int | None


class ReportPage(Schema):
    count: int
    items: list[ReportOut]


class LineOut(Schema):
    element: str
    name: str
    unit: str
    text: str
    value: float | None
    previous: float | None
    year_ago: float | None
    simulated: bool
    error: str
    warning: str
    explanation: str


class ReportDetail(ReportOut):
    lines: list[LineOut]


# ---------------------------------------------------------------- from records


def element_data(one: Any) -> dict[str, Any]:
    names = ("code", "name", "unit", "kind", "aggregation", "decimals", "definition", "source")
    return {name: getattr(one, name) for name in names} | {
        "growth_of": one.growth_of.code if one.growth_of else None,
        "subjects": [code for code in one.subjects.split(",") if code],
    }


def _uses(uses: Any) -> list[dict[str, Any]]:
    return [{"kind": str(use.kind), "name": use.name, "url": use.url} for use in uses]


def element_detail(shown: dict[str, Any]) -> dict[str, Any]:
    chart = shown["chart"]
    areas = [
        {
            "area": figure.area.code,
            "name": figure.area.name,
            "period": figure.fact.period.code if figure.fact else None,
            "value": figure.fact.value if figure.fact else None,
            "simulated": bool(figure.fact and figure.fact.batch.simulated),
            "fact": figure.fact.ref if figure.fact else None,
            "reason": figure.reason,
        }
        for figure in shown["areas"]
    ]
    sums = [
        {
            "area": one.area.code,
            "name": one.area.name,
            "period": shown["sums_period"].code,
            "organisations": one.count,
            "total": one.total,
            "simulated": one.simulated,
        }
        for one in shown["sums"]
    ]
    points = zip(chart["x"], chart["series"][0]["values"], strict=True) if chart else []
    return element_data(shown["element"]) | {
        "by": shown["kind"],
        "simulated": shown["simulated"],
        "areas": areas,
        "sums": sums,
        "series": [{"period": period, "value": value} for period, value in points],
        "uses": _uses(shown["uses"]),
    }


def source_data(one: Any) -> dict[str, Any] | None:
    return one and {"id": one.pk, "uid": one.uid, "title": one.title, "url": one.url, "published_on": one.published_on}


def _subject_code(number: int) -> str:
    """The code of a subject; of one that no part declares any more its number."""
    found = subjects.by_number(number)
    return found.code if found else str(number)


def _fact(fact: Any, subject: str, name: str, state: str) -> dict[str, Any]:
    return {
        "id": fact.ref,
        "batch_uid": fact.batch.uid,
        "number": fact.number,
        "origin": fact.batch.origin.code,
        "element": fact.element.code,
        "element_name": fact.element.name,
        "subject_kind": _subject_code(fact.subject_kind),
        "subject": subject,
        "subject_name": name,
        "period": fact.period.code,
        "value": fact.value,
        "unit": fact.element.unit,
        "stated": fact.stated,
        "state": state,
        "simulated": fact.batch.simulated,
        "source": source_data(fact.source),
        "batch": fact.batch_id,
        "row": fact.row,
        "note": fact.note,
        "supersedes": fact.supersedes,
        "entered_at": fact.batch.created_at,
        "entered_by": str(fact.batch.user) if fact.batch.user else None,
    }


def fact_page(found: Any, rows: Any) -> dict[str, Any]:
    items = [_fact(row.fact, row.subject_code, row.subject, row.state) for row in rows]
    return {"items": items, "next": found.after, "stopped": found.stopped}


def _beside(fact: Any) -> dict[str, Any]:
    return {
        "id": fact.ref,
        "value": fact.value,
        "simulated": fact.batch.simulated,
        "source": source_data(fact.source),
        "entered_at": fact.batch.created_at,
    }


def fact_detail(shown: dict[str, Any]) -> dict[str, Any]:
    fact, subject = shown["fact"], shown["subject"]
    return _fact(fact, str(getattr(subject, "code", "")), shown["subject_name"], shown["state"]) | {
        "supersedes_fact": shown["replaces"]
        and {"batch_uid": shown["replaces"].batch.uid, "number": shown["replaces"].number},
        "superseded_by": shown["replaced_by"] and shown["replaced_by"].ref,
        "counting": shown["counting"] and shown["counting"].ref,
        "contradicting": [_beside(other) for other in shown["contradicting"]],
        "confirming": [_beside(other) for other in shown["confirming"]],
        "history": [_beside(other) for other in shown["history"]],
        "uses": _uses(shown["uses"]),
    }


def batch_data(one: Any) -> dict[str, Any]:
    columns = (
        "key",
        "kind",
        "file_name",
        "sha256",
        "created_at",
        "simulated",
        "rows",
        "repeats",
        "corrections",
        "note",
    )
    return (
        {name: getattr(one, name) for name in columns}
        | named(one)
        | {"id": one.pk, "user": str(one.user) if one.user else None}
        | {"withdraws": one.withdraws_id, "withdrawn_by": one.withdrawal.pk if one.withdrawn_by(None) else None}
    )


def preview_data(changes: Any) -> dict[str, Any]:
    """What a withdrawal would change."""
    numbers = {name: getattr(changes, name) for name in ("facts", "restored", "corrected_since", "periods")}
    return numbers | {"elements": [one.code for one in changes.elements], "uses": _uses(changes.uses)}


def job_data(job: Any) -> dict[str, Any]:
    names = ("file_name", "size", "sha256", "status", "progress", "error", "created_at")
    return {name: getattr(job, name) for name in names} | {"token": str(job.token), "batch": job.batch_id}


def form_data(form: Any, periods: Any) -> dict[str, Any]:
    items = [
        {
            "element": item.element.code,
            "name": item.element.name,
            "unit": item.unit,
            "required": item.required,
            "minimum": item.minimum,
            "maximum": item.maximum,
            "max_change": item.max_change,
        }
        for item in form.items.select_related("element")
    ]
    return {
        "code": form.code,
        "name": form.name,
        "frequency": form.get_frequency_display(),
        "due_days": form.due_days,
        "area": form.area.code,
        "scale": form.scale,
        "source": form.source,
        "periods": [period.code for period in periods],
        "items": items,
    }


def _organisation(one: Any) -> dict[str, Any]:
    return {"code": one.code, "name": one.name, "area": one.area.code}


def returns_data(form: Any, period: Any, due: dt.date, counts: Any, missing: Any) -> dict[str, Any]:
    names = ("asked", "missing", "draft", "submitted", "returned", "approved")
    return {name: getattr(counts, name) for name in names} | {
        "form": form.code,
        "period": period.code,
        "due": due,
        "missing_list": [_organisation(one) for one in missing],
    }


def report_data(one: Any) -> dict[str, Any]:
    names = ("status", "round", "submitted_at", "reviewed_at", "review_note")
    return {name: getattr(one, name) for name in names} | {
        "id": one.pk,
        "form": one.form.code,
        "organisation": _organisation(one.organisation),
        "period": from_key(one.period_key).code,
        "batch": one.batch_id,
    }


def line_data(line: Any) -> dict[str, Any]:
    names = ("text", "value", "previous", "year_ago", "simulated", "error", "warning", "explanation")
    return {name: getattr(line, name) for name in names} | {
        "element": line.element.code,
        "name": line.element.name,
        "unit": line.item.unit,
    }
