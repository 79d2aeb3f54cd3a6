"""Progress of measures: reports with evidence, and the red, yellow and green light of each measure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.periods import Period, PeriodKind, from_key
from qiangqu.base.terms import clauses, listed
from qiangqu.base.visibility import visible
from qiangqu.records.attachments import attach
from qiangqu.records.checking import check_files
from qiangqu.registry import audit
from qiangqu.registry.models import Organisation
from qiangqu.registry.roles import Action, may
from qiangqu.ui.uploads import Upload

from .models import Effort, Measure, Plan, ProgressReport, UnitRole
from .track import TargetStatus

MAX_TEXT = 4000
MAX_DIFFICULTY = 2000
MAX_FILES = 5
GRACE_DAYS = 20  # a report on a quarter may come this long after its end


# ---------------------------------------------------------------- reports


def units_that_answer(measure: Measure) -> list[Organisation]:
    """The measure's units and, where a unit is a group, its members."""
    direct = Q(responsibilities__measure=measure)
    member = Q(groups__responsibilities__measure=measure)
    return list(Organisation.objects.filter(direct | member).distinct().order_by("code"))


def reporting_units(measure: Measure, user: Any) -> list[Organisation]:
    """The units for which ``user`` may report on ``measure``: those that answer for it and lie in his
    area.
    """
    if not may(user, Action.REPORT_PROGRESS):
        return []
    allowed = set(visible(Organisation.objects.all(), user, Action.REPORT_PROGRESS).values_list("pk", flat=True))
    return [unit for unit in units_that_answer(measure) if unit.pk in allowed]


def report_progress(
    measure: Measure,
    unit: Organisation,
    period: Period,
    text: str,
    percentage: int,
    *,
    user: Any,
    difficulty: str = "",
    files: Sequence[Upload] = (),
) -> ProgressReport:
    """Add a report with its evidence: all or nothing.

    Raises InputError that names the field for a unit that does not answer for the measure or is not the
    user's, a period that has not begun, empty or overlong text, a percentage outside 0–100, and files that
    may not be kept.
    """
    if unit.pk not in {one.pk for one in reporting_units(measure, user)}:
        raise InputError(_("您不能代这个单位报告这条举措的进展"), where=_("报告单位"))
    if period.start > timezone.localdate():
        raise InputError(_("%(period)s还没有开始") % {"period": period.label}, where=_("时期"))
    if period.kind == PeriodKind.CUMULATIVE:
        raise InputError(_("请写月、季、半年或年"), where=_("时期"))
    text, difficulty = text.strip(), difficulty.strip()
    if not text:
        raise InputError(_("请写明进展"), where=_("进展"))
    if len(text) > MAX_TEXT:
        raise InputError(_("超过 %(size)s 字") % {"size": MAX_TEXT}, where=_("进展"))
    if len(difficulty) > MAX_DIFFICULTY:
        raise InputError(_("超过 %(size)s 字") % {"size": MAX_DIFFICULTY}, where=_("问题与需要协调的事项"))
    if not 0 <= percentage <= 100:
        raise InputError(_("应在 0—100 之间"), where=_("完成进度"))
    checked = check_files(files, MAX_FILES)
    with transaction.atomic():
        report = ProgressReport.objects.create(
            measure=measure,
            unit=unit,
            period_key=period.key,
            text=text,
            percentage=percentage,
            difficulty=difficulty,
            reported_by=user,
        )
        attach(report, checked, user, at=report.reported_at)
        audit.record(
            user,
            "progress_reported",
            object_type="plan.measure",
            object_id=measure.pk,
            area_path=unit.area.path,
            detail={
                "report": report.pk,
                "unit": unit.code,
                "period": period.code,
                "percentage": percentage,
                "files": [f.sha256 for f in checked],
            },
        )
    return report


# ---------------------------------------------------------------- lights


@dataclass(frozen=True, slots=True)
class MeasureStatus:
    """A measure's light: ``off_track`` red, ``at_risk`` yellow, ``on_track`` green, ``done`` (all targets
    reached), ``no_data`` grey.
    """

    measure: Measure
    state: str
    reason: str
    targets: tuple[TargetStatus, ...]
    leads: tuple[Organisation, ...]
    supports: tuple[Organisation, ...]
    percentage: int | None
    reported: Period | None
    overdue: tuple[Organisation, ...] = field(default=())


def light(targets: Iterable[TargetStatus], *, reported: bool, overdue: Sequence[str]) -> tuple[str, str]:
    """The light of a measure and why, by the rule of :func:`.rule.light_words`. Red: a firm target is off
    track. Yellow: a firm target is at risk, a striven-for one off track, or a lead unit that had reported is
    overdue. Green: judged targets or reports and none of these. Grey: neither. The reason names every target
    that is not well, also those that the light does not follow, and what could not be judged.
    """
    targets = list(targets)
    judged = [one for one in targets if one.state not in ("no_data", "stale")]
    firm = [one for one in judged if one.effort == Effort.FIRM]
    striven = [one for one in judged if one.effort != Effort.FIRM]
    red, yellow = _named(firm, "off_track"), _named(firm, "at_risk")
    striven_red, striven_yellow = _named(striven, "off_track"), _named(striven, "at_risk")
    parts = [
        _("目标滞后：%(names)s") % {"names": red} if red else "",
        _("目标预警：%(names)s") % {"names": yellow} if yellow else "",
        _("力争目标滞后，按规则亮黄灯：%(names)s") % {"names": striven_red} if striven_red and not red else "",
        _("力争目标滞后：%(names)s") % {"names": striven_red} if striven_red and red else "",
        _("力争目标预警，不影响灯色：%(names)s") % {"names": striven_yellow} if striven_yellow else "",
        _("%(units)s未按时报告") % {"units": listed(overdue)} if overdue else "",
    ]
    state = "off_track" if red else "at_risk" if yellow or striven_red or overdue else "on_track"
    if state == "on_track" and judged and not striven_yellow:
        if all(one.state == "done" for one in judged) and len(judged) == len(targets):
            return "done", _("所列目标均已达到")
        parts.append(_("可判断的目标均为正常或已完成"))
    elif state == "on_track" and not judged:
        state = "on_track" if reported else "no_data"
        parts.append(_("没有可判断的量化目标，按时报告进展") if reported else _("没有可判断的量化目标，也没有进展报告"))
    stale = _named(targets, "stale")
    if stale:
        parts.append(_("数据待更新，未参与判断：%(names)s") % {"names": stale})
    return state, clauses(part for part in parts if part)


def _named(targets: Iterable[TargetStatus], state: str) -> str:
    return listed(one.name for one in targets if one.state == state)


def measure_statuses(plan: Plan, statuses: Sequence[TargetStatus], as_of: dt.date) -> list[MeasureStatus]:
    """The light of every measure as of a day, by four queries."""
    by_measure: dict[int, list[TargetStatus]] = defaultdict(list)
    for one in statuses:
        by_measure[one.measure].append(one)
    newest: dict[int, dict[int, ProgressReport]] = defaultdict(dict)
    reports = ProgressReport.objects.filter(measure__plan=plan, reported_at__date__lte=as_of).order_by(
        "period_key", "reported_at"
    )
    for report in reports.only("measure_id", "unit_id", "period_key", "percentage"):
        newest[report.measure_id][report.unit_id] = report
    result = []
    for measure in plan.measures.prefetch_related("responsibilities__organisation__members"):
        roles: dict[str, list[Organisation]] = {UnitRole.LEAD: [], UnitRole.SUPPORT: []}
        for responsibility in measure.responsibilities.all():
            roles[responsibility.role].append(responsibility.organisation)
        said = newest.get(measure.pk, {})
        overdue = [u for u in roles[UnitRole.LEAD] if u.pk in said and _overdue(said[u.pk].period, plan, as_of)]
        targets = tuple(by_measure.get(measure.no, ()))
        state, reason = light(targets, reported=bool(said), overdue=[str(unit) for unit in overdue])
        last = max(said.values(), key=lambda r: from_key(r.period_key).end, default=None)
        lead_said = [said[u.pk] for u in roles[UnitRole.LEAD] if u.pk in said]
        result.append(
            MeasureStatus(
                measure,
                state,
                reason,
                targets,
                tuple(roles[UnitRole.LEAD]),
                tuple(roles[UnitRole.SUPPORT]),
                lead_said[-1].percentage if lead_said else None,
                last.period if last else None,
                tuple(overdue),
            )
        )
    return result


def next_due(last: Period, plan: Plan) -> dt.date:
    """The day by which the report after ``last`` is owed: the end of the next reporting period and the days
    of grace.
    """
    months = last.year * 12 + last.last_month - 1 + plan.report_months
    year, month = divmod(months, 12)
    first_after = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return first_after + dt.timedelta(days=GRACE_DAYS - 1)


def _overdue(last: Period, plan: Plan, as_of: dt.date) -> bool:
    return as_of > next_due(last, plan)
