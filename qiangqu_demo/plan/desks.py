"""What lies on the desks of a demonstration: reports due, handed in and returned, divided targets, progress
of measures. All 模拟数据.
"""

from collections.abc import Callable

from django.utils import timezone

from qiangqu.base.periods import Period, PeriodKind
from qiangqu.base.units import factor
from qiangqu.facts import reporting
from qiangqu.facts.current import current_facts
from qiangqu.facts.models import CollectionForm, Report
from qiangqu.facts.reading import Where, rows
from qiangqu.formulas.models import IndicatorValue
from qiangqu.plan import allocations, progress
from qiangqu.plan.models import Allocation, Measure, ProgressReport, Target
from qiangqu.plan.track import current_plan
from qiangqu.registry.models import Area, Organisation, Post, Role, Scale, User
from qiangqu.registry.subjects import ORGANISATION

from .gaps import supervise
from .returns import hand_in_all

NEIGHBOURS = 6  # other enterprises of the zone that have handed in their last report
DIVIDED = 6  # targets that are divided among the areas below
EXPLANATION = "（模拟）订单变化"


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """What people of the demonstration have on their desks and have begun."""
    lay_out(zone)
    supervise(zone)


def lay_out(zone: Area) -> None:
    """Fill the desks about ``zone``; each part is left alone where it holds anything already."""
    enterprise = User.objects.posted(role=Role.ENTERPRISE, organisation__area=zone).first()
    clerk = User.objects.posted(role=Role.ZONE, area=zone).first()
    plan = current_plan()
    planner = User.objects.posted(role=Role.PLANNER, area=plan.area).first()
    if enterprise is not None and clerk is not None and not Report.objects.exists():
        _reports(zone, enterprise, clerk)
        hand_in_all(timezone.localdate(), planner or clerk)
    if planner is None:
        return
    if not Allocation.objects.exists():
        _divide(planner)
    if not ProgressReport.objects.exists():
        _progress(planner)


def _reports(zone: Area, enterprise: User, clerk: User) -> None:
    """The enterprise has reported every period but the last: the one before that came back, the earlier ones
    became facts. Neighbours have handed in the last monthly one, and the zone has to examine them."""
    today = timezone.localdate()
    assert enterprise.organisation is not None
    for form in reporting.forms_for(enterprise):
        periods = reporting.periods_of(form, today)
        monthly = form.frequency == PeriodKind.MONTH
        for at, period in enumerate(reversed(periods[1:] if monthly else periods)):
            report = _hand_in(form, enterprise.organisation, period, enterprise)
            if report is None:
                continue
            if monthly and at == len(periods) - 2:
                reporting.send_back(report, clerk, "（模拟）能源消费量与电力消费量不匹配，请核对后重报", report.round)
            else:
                reporting.approve(report, clerk, report.round)
        if monthly and periods:
            others = reporting.asked_in(form, periods[0], clerk, zone).exclude(pk=enterprise.organisation.pk)
            for other in others.filter(scale=Scale.ABOVE, simulated=True).order_by("code")[:NEIGHBOURS]:
                _hand_in(form, other, periods[0], _reporter(other))


def _reporter(organisation: Organisation) -> User:
    """An account that speaks for a simulated neighbour and that nobody can sign in with."""
    user, made = User.objects.get_or_create(
        username=f"sim-{organisation.code}"[:150],
        defaults={"first_name": "演示·填报人"},
    )
    if made:
        Post.objects.create(user=user, role=Role.ENTERPRISE, organisation=organisation)
        user.set_unusable_password()
        user.save()
    return user


def _hand_in(form: CollectionForm, organisation: Organisation, period: Period, user: User) -> Report | None:
    """Hand in what the twin says of the period, every great change explained; None where it says too little
    for the form.
    """
    items = {item.element_id: item for item in form.items.select_related("element")}
    facts = rows(
        Where(elements=list(items), periods=[period.key], kind=ORGANISATION.number, subjects=[organisation.pk])
    )
    values = {}
    for (element, _kind, _subject, _period), fact in current_facts(facts).items():
        item = items[element]
        value = fact.value / factor(item.unit, item.element.unit)
        values[item.element.code] = {"text": f"{value:.12g}", "explanation": EXPLANATION}
    report = reporting.report_of(form, organisation, period)
    reporting.fill(report, values, user, submit=True)
    stored = reporting.report_of(form, organisation, period)
    if stored.status == "submitted":
        return stored
    if stored.pk is not None:
        stored.delete()  # nothing was handed in: no half-filled drafts in a demonstration
    return None


def _divide(planner: User) -> None:
    """The first targets that can be divided, by the shares that the areas have today, for every year of the
    plan.
    """
    plan = current_plan()
    done = 0
    for target in Target.objects.filter(plan=plan).order_by("code"):
        if done == DIVIDED or not target.additive or target.value is None or not target.indicator_code:
            continue
        shares = _shares(target, plan.area)
        if len(shares) < 2:
            continue
        for year in range(plan.start_year, target.year + 1):
            whole = allocations.whole(target, plan.area, year)
            if whole is not None:
                allocations.allocate(target, plan.area, year, _parts(whole, shares, target.unit), user=planner)
        done += Allocation.objects.filter(target=target).exists()


def _shares(target: Target, parent: Area) -> dict[str, float]:
    """Each area's part of the newest value that most areas below ``parent`` have together, by area code."""
    below = {area.pk: area.code for area in allocations.children(parent)}
    by_period: dict[int, dict[int, float]] = {}
    values = IndicatorValue.objects.filter(indicator__code=target.indicator_code, area__in=below, value__gt=0)
    for period, area, value in values.values_list("period_key", "area", "value"):
        by_period.setdefault(period, {})[area] = value or 0.0
    _count, _newest, found = max(((len(one), period, one) for period, one in by_period.items()), default=(0, 0, {}))
    total = sum(found.values())
    return {below[pk]: value / total for pk, value in found.items()} if total else {}


def _parts(whole: float, shares: dict[str, float], unit: str) -> dict[str, float | None]:
    """``whole`` by shares: counts in whole numbers that still add up to it or a little more, amounts with one
    decimal.
    """
    step = 1.0 if unit in ("个", "家", "户", "项", "人", "台", "套") else 0.1
    return {code: round(-(-whole * share // step) * step, 1) for code, share in shares.items()}


def _progress(planner: User) -> None:
    """Two quarters of reports on every second measure; the others' are due."""
    today = timezone.localdate()
    last = Period(PeriodKind.QUARTER, today.year, (today.month - 1) // 3 + 1).previous()
    for measure in Measure.objects.filter(plan=current_plan()).order_by("no")[::2]:
        units = progress.reporting_units(measure, planner)[:2]
        for back, period in enumerate((last.previous(), last)):
            for at, unit in enumerate(units):
                percentage = min(95, 20 + measure.no % 5 * 8 + at * 6 + back * 12)
                progress.report_progress(
                    measure, unit, period, f"（模拟）{period.label}：任务清单按计划推进，重点事项已逐项落实到处室", percentage, user=planner,
                    difficulty="（模拟）需要协调用地指标" if measure.no % 3 == 0 else "",
                )  # fmt: skip
