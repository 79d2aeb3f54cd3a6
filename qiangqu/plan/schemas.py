"""The shapes of the plan's JSON, and how they are made of what the pages show. Numbers that are not known are
null with a reason beside them.
"""

import datetime as dt
from typing import Any

from django.utils import timezone
from ninja import Field, Schema

from qiangqu.registry import named as identity
from qiangqu.ui.charts import TargetPath

from .hands import hands_of
from .models import CompiledItem, PlanDocument, ProgressReport
from .owing import Duties, Load
from .present import Change, Parts
from .progress import MeasureStatus
from .scene import explain_url
from .track import TargetStatus


class Named(Schema):
    """A record that is referred to: its code and name."""

    code: str
    name: str


class BesideOut(Schema):
    """The newest value of the other sort: simulated beside a published one, or published beside a simulated
    one.
    """

    value: float | None
    period: str
    simulated: bool


class ExpectedOut(Schema):
    """What a year that is not over is expected to end with by its months: never an observed value."""

    year: int
    value: float | None
    low: float | None = Field(description="80%区间下限")
    high: float | None = Field(description="80%区间上限")
    basis: str = Field(description="依据的月份，如 2026-01/2026-10")
    simulated: bool
    judged: bool = Field(description="状态是否按预计数判断")
    method: str = Field(description="怎样算出，附所用的数")


class TargetOut(Schema):
    """A target with its status: the fixed shape of ``qiangqu plan status --format json``, and what else the
    list shows.
    """

    code: str
    indicator: str = Field(description="目标名称")
    indicator_code: str = Field(description="指标代码；空为尚未绑定")
    measure: int = Field(description="举措序号；0 为主要目标")
    comparator: str
    target: float | None
    target_max: float | None
    unit: str | None
    year: int
    kind: str
    effort: str
    base: float | None
    required_now: float | None
    value: float | None
    value_period: str | None
    simulated: bool
    forecast: float | None
    low: float | None
    high: float | None
    forecast_reason: str
    chance: float | None = Field(description="0—1")
    status: str = Field(description="done on_track at_risk off_track no_data")
    state: str = Field(description="同 status，但数据待更新的为 stale")
    reason: str
    lag: float | None = Field(description="落后占全程的比例；0 或负数为不落后")
    beside: BesideOut | None = Field(description="另一类数据的最新值，只供对照，不作判断依据")
    expected: ExpectedOut | None = Field(description="本年预计数；没有足够月份或历年数据的为空")
    findings: list[str] = Field(description="规划人员应核对的事项")
    gap: float | None = Field(description="距目标还差多少，目标的单位")
    units: list[str]
    explain_url: str | None = Field(description="打开这个数的页面")


class TargetPage(Schema):
    count: int
    rule: list[str] = Field(description="判断规则")
    items: list[TargetOut]


class PlanOut(Schema):
    code: str
    name: str
    document_number: str
    area: Named
    base_year: int
    start_year: int
    target_year: int


class StatusOut(Schema):
    """``as_of`` and the targets in the fixed shape of ``plan status``."""

    as_of: str
    plan: PlanOut
    area: Named
    counts: dict[str, int]
    rule: list[str] = Field(description="判断规则")
    targets: list[dict[str, Any]]


class PathOut(Schema):
    """Chart data by year; the lists are aligned with ``years``."""

    years: list[str]
    required: list[float | None]
    observed: list[float | None]
    forecast: list[float | None]
    low: list[float | None]
    high: list[float | None]
    source: str


class PartOut(Schema):
    area: Named
    value: float
    share: float | None = Field(description="%")
    simulated: bool
    explain_url: str


class PartsOut(Schema):
    period: str
    rest: float | None = Field(description="全域与各地合计之差")
    items: list[PartOut]


class ChangeOut(Schema):
    at: dt.datetime
    user: str
    created: bool
    changes: list[list[str]] = Field(description="字段、原值、新值")


class AllocationOut(Schema):
    year: int
    area: Named
    value: float


class YearSumOut(Schema):
    year: int
    whole: float | None
    total: float | None
    gap: float | None
    fits: bool | None


class TargetDetail(TargetOut):
    text: str = Field(description="原文")
    note: str
    base_source: str
    base_reason: str
    base_year: int | None
    path_shape: str
    assigned_document: str
    rate_seen: float | None
    rate_needed: float | None
    rate_in_percent: bool
    required_then: float | None = Field(description="最新值所属时期末按路径应达到的数")
    rule: list[str] = Field(description="判断规则")
    milestones: dict[int, float]
    path: PathOut
    contributions: PartsOut
    allocations: list[AllocationOut]
    sums: list[YearSumOut]
    history: list[ChangeOut]


class ShareOut(Schema):
    name: str
    value: float
    share: float | None


class ContributorsOut(Schema):
    """Enterprises and industries behind the present value; ``what`` says of which part of the formula."""

    what: str
    unit: str
    gathered: int
    total: int
    simulated: bool
    enterprises: list[ShareOut]
    industries: list[ShareOut]


class MeasureOut(Schema):
    no: int
    title: str
    section: str
    light: str = Field(description="off_track 红 at_risk 黄 on_track 绿 done 已完成 no_data 未亮")
    reason: str
    leads: list[Named]
    supports: list[Named]
    targets: list[str] = Field(description="目标代码")
    percentage: int | None
    reported: str | None = Field(description="最近一次报告的时期")
    overdue: list[str]


class MeasurePage(Schema):
    count: int
    rule: list[str] = Field(description="亮灯规则")
    items: list[MeasureOut]


class EvidenceOut(Schema):
    id: int
    name: str
    content_type: str
    size: int
    sha256: str


class ReportOut(identity.Named):
    measure: int
    unit: Named
    period: str
    percentage: int
    text: str
    difficulty: str
    reported_by: str
    reported_at: dt.datetime
    evidence: list[EvidenceOut]


class MeasureDetail(MeasureOut):
    due: dt.date = Field(description="下一次进展报告的时限")
    reports: list[ReportOut]


class LoadOut(Schema):
    unit: Named
    measures_lead: int
    measures_support: int
    red_measures: int
    targets: int
    states: dict[str, int]


class LoadPage(Schema):
    count: int
    items: list[LoadOut]


class OwedOut(Schema):
    target: str
    indicator: str
    status: str
    value: float | None
    wanted: float | None
    unit: str
    by: dt.date


class DutiesOut(Schema):
    unit: Named
    groups: list[Named]
    due: dt.date
    owed: list[OwedOut]
    targets: dict[str, str] = Field(description="目标代码 → lead 或 support")
    measures: dict[int, str] = Field(description="举措序号 → lead 或 support")
    reports: list[ReportOut]


class DocumentOut(identity.Named):
    id: int
    title: str
    number: str
    issuer: str
    file_name: str
    sha256: str
    area: Named
    plan: str | None
    uploaded_at: dt.datetime
    targets: int
    tasks: int
    pending: int


class DocumentPage(Schema):
    count: int
    items: list[DocumentOut]


class ItemOut(Schema):
    id: int
    kind: str
    decision: str
    found: dict[str, Any] = Field(description="编译结果，plan compile 的形状")
    data: dict[str, Any] = Field(description="现在成立的：更正结果，否则编译结果")
    confidence: float
    reason: str
    span: list[int] = Field(description="原文中的起止字符")
    text: str
    target: str | None
    measure: int | None
    decided_by: str | None
    decided_at: dt.datetime | None


class ItemPage(Schema):
    count: int
    items: list[ItemOut]


class PlaceOut(Schema):
    name: str
    value: float | None
    explain_url: str
    lon: float | None = None
    lat: float | None = None


class TrendOut(Schema):
    name: str
    unit: str
    x: list[str]
    values: list[float | None]
    simulated: bool


class AlarmOut(Schema):
    level: str
    text: str
    url: str


class MapOut(Schema):
    indicator: Named
    unit: str
    period: str
    simulated: bool
    areas: list[PlaceOut]
    points: list[PlaceOut]


class CockpitOut(Schema):
    as_of: dt.date
    area: Named
    plan: PlanOut
    simulated: bool
    counts: dict[str, int]
    lights: dict[int, str] = Field(description="举措序号 → 灯")
    map: MapOut | None
    trends: list[TrendOut]
    alarms: list[AlarmOut]


# ---------------------------------------------------------------- from what the pages show


def named(one: Any) -> dict[str, str]:
    return {"code": one.code, "name": one.name}


def plan_data(plan: Any) -> dict[str, Any]:
    names = ("code", "name", "document_number", "base_year", "start_year", "target_year")
    return {name: getattr(plan, name) for name in names} | {"area": named(plan.area)}


def target_data(one: TargetStatus, area: Any) -> dict[str, Any]:
    """A :class:`TargetOut`."""
    current = one.verdict.current
    opens = current is not None and one.indicator_code
    return one.as_contract() | {
        "indicator_code": one.indicator_code,
        "comparator": one.comparator,
        "effort": one.effort,
        "forecast_reason": one.forecast.reason,
        "gap": one.gap,
        "state": one.state,
        "lag": None if one.verdict.lag is None else round(one.verdict.lag, 3),
        "beside": None
        if one.beside is None
        else {"value": one.beside.value, "period": one.beside.period.code, "simulated": one.beside.simulated},
        "expected": expected_data(one),
        "findings": list(one.verdict.findings),
        "explain_url": explain_url(one.indicator_code, area.code, current.period.code) if opens and current else None,
    }


def expected_data(one: TargetStatus) -> dict[str, Any] | None:
    """An :class:`ExpectedOut`."""
    found = one.expected
    if found is None:
        return None
    made = found.forecast
    return {
        "year": found.period.year,
        "value": made.mean,
        "low": made.low,
        "high": made.high,
        "basis": found.basis.code,
        "simulated": found.simulated,
        "judged": one.verdict.by_expected,
        "method": found.method,
    }


def path_data(chart: TargetPath) -> dict[str, Any]:
    names = ("required", "observed", "forecast", "low", "high", "source")
    return {"years": chart["x"]} | {name: chart[name] for name in names}  # type: ignore[literal-required]


def parts_data(parts: Parts) -> dict[str, Any]:
    items = [
        {
            "area": named(part.area),
            "value": part.value,
            "share": part.share,
            "simulated": part.simulated,
            "explain_url": part.url,
        }
        for part in parts.rows
    ]
    return {"period": parts.period, "rest": parts.rest, "items": items}


def change_data(change: Change) -> dict[str, Any]:
    return {
        "at": change.at,
        "user": str(change.user or ""),
        "created": change.created,
        "changes": [[name, str(old), str(new)] for name, old, new in change.fields],
    }


def measure_data(one: MeasureStatus) -> dict[str, Any]:
    """A :class:`MeasureOut`."""
    return {
        "no": one.measure.no,
        "title": one.measure.title,
        "section": one.measure.section,
        "light": one.state,
        "reason": one.reason,
        "leads": [named(unit) for unit in one.leads],
        "supports": [named(unit) for unit in one.supports],
        "targets": [target.code for target in one.targets],
        "percentage": one.percentage,
        "reported": one.reported.code if one.reported else None,
        "overdue": [unit.name for unit in one.overdue],
    }


def report_data(report: ProgressReport) -> dict[str, Any]:
    names = ("id", "name", "content_type", "size", "sha256")
    return identity.named(report) | {
        "measure": report.measure.no,
        "unit": named(report.unit),
        "period": report.period.code,
        "percentage": report.percentage,
        "text": report.text,
        "difficulty": report.difficulty,
        "reported_by": str(report.reported_by or ""),
        "reported_at": report.reported_at,
        "evidence": [{name: getattr(file, name) for name in names} for file in report.evidence.all()],
    }


def load_data(load: Load) -> dict[str, Any]:
    names = ("measures_lead", "measures_support", "red_measures", "targets")
    return {"unit": named(load.unit), "states": dict(load.states)} | {name: getattr(load, name) for name in names}


def duties_data(found: Duties) -> dict[str, Any]:
    """A :class:`DutiesOut` without its reports and day."""
    return {
        "unit": named(found.unit),
        "groups": [named(group) for group in found.groups],
        "targets": {one.code: role for one, role in found.targets},
        "measures": {one.measure.no: role for one, role in found.measures},
        "owed": [
            {
                "target": owed.target.code,
                "indicator": owed.target.name,
                "status": owed.target.verdict.state,
                "value": owed.target.value,
                "wanted": owed.wanted,
                "unit": owed.target.unit,
                "by": owed.by,
            }
            for owed in found.owed
        ],
    }


def document_data(one: PlanDocument) -> dict[str, Any]:
    """A :class:`DocumentOut` of a document counted by ``pages.documents.listed``."""
    names = ("id", "title", "number", "issuer", "file_name", "sha256", "uploaded_at", "targets", "tasks", "pending")
    return (
        identity.named(one)
        | {name: getattr(one, name) for name in names}
        | {
            "area": named(one.area),
            "plan": one.plan.code if one.plan else None,
        }
    )


def item_data(item: CompiledItem) -> dict[str, Any]:
    names = ("id", "kind", "decision", "found", "data", "confidence", "reason", "decided_at")
    return {name: getattr(item, name) for name in names} | {
        "span": [item.start, item.end],
        "text": item.excerpt["piece"],
        "target": item.target.code if item.target else None,
        "measure": item.measure.no if item.measure else None,
        "decided_by": str(item.decided_by) if item.decided_by else None,
    }


# ---------------------------------------------------------------- supervision


class SupervisedOut(identity.Named):
    """A supervised case."""

    number: str
    title: str
    subject: str
    area: Named
    unit: Named
    opened_on: dt.date
    due_on: dt.date | None
    progress: int
    light: str
    status: str
    turn: str = Field(description="现在轮到谁：unit 责任单位报告，judge 督办人评判；空为已结束")
    late: list[str] = Field(description="谁逾期过或正在逾期：unit、judge")
    judge: str = Field(description="督办单位")
    simulated: bool


class SupervisedPage(Schema):
    count: int
    items: list[SupervisedOut]


class UnitScoreOut(Schema):
    """A unit's counts and points; ``reasoning`` says how they come about."""

    code: str
    name: str
    open: int
    red: int
    closed: int
    on_time: int
    late: int
    returned: int
    judge_late: int = Field(description="由该单位督办而评判逾期的件数")
    points: float | None
    reasoning: str
    simulated: bool


def supervised_data(case: Any) -> dict[str, Any]:
    """A :class:`SupervisedOut` of a case read by :func:`.hands.with_steps`."""
    hands = hands_of(case, timezone.localdate())
    names = ("number", "title", "subject", "due_on", "light", "status", "simulated")
    return (
        identity.named(case)
        | {name: getattr(case, name) for name in names}
        | {
            "area": named(case.area),
            "unit": {"code": str(case.data.get("unit", "")), "name": str(case.data.get("unit_name", ""))},
            "opened_on": timezone.localdate(case.opened_at),
            "progress": int(case.data.get("progress") or 0),
            "turn": "unit" if hands.unit_has else "judge" if hands.judge_has else "",
            "late": ["unit"] * hands.unit_late + ["judge"] * hands.judge_late,
            "judge": hands.judge[1],
        }
    )
