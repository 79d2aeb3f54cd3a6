"""Clues of idle and little-used land, found by rules that are data (``data/idle.yaml``). Each says with what evidence,
of which day, and what is missing; none concludes anything.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.periods import Period, PeriodKind
from qiangqu.base.terms import Term
from qiangqu.facts import subjects
from qiangqu.formulas import record_values
from qiangqu.formulas.models import Indicator
from qiangqu.formulas.templatetags.indicators import open_url
from qiangqu.registry.models.history import alive_on

from .models import Clue, ClueState, Evidence, EvidenceKind, EvidenceShows, LandContract

UNUSED = (EvidenceShows.VACANT, EvidenceShows.STOPPED, EvidenceShows.UNUSED)
MOST_LINES = 6  # findings entered by hand that stand in a clue
OVER = (ClueState.DISMISSED, ClueState.SUPPLIED)


@cache
def settings() -> Mapping[str, Any]:
    held: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "data" / "idle.yaml").read_text("utf-8"))
    held["rules"] = [one | {"title": Term(one["title"])} for one in held["rules"]]
    return held


def rule(code: str) -> Mapping[str, Any]:
    """A rule by its code; of a code that is none any more, its code is its title."""
    return next((one for one in settings()["rules"] if one["id"] == code), {"id": code, "title": code, "kind": ""})


def unused(code: str) -> bool:
    """Whether what a rule finds is that nothing is made of the land now."""
    return bool(rule(code).get("unused"))


def counted_days(start: dt.date, day: dt.date, stops: Iterable[tuple[dt.date, dt.date | None]]) -> int:
    """Days from the day after ``start`` to ``day``, without those of ``stops`` (first and last day; None: it still
    goes on). A day that two stops hold is left out once.

    >>> counted_days(dt.date(2024, 2, 29), dt.date(2025, 2, 28), [])
    365
    >>> counted_days(dt.date(2024, 2, 29), dt.date(2025, 3, 10), [(dt.date(2024, 3, 1), dt.date(2024, 3, 10)), (dt.date(2024, 3, 8), dt.date(2024, 3, 9))])
    365
    """
    out = 0
    reached = start
    for first, last in sorted(stops, key=lambda one: one[0]):
        begin, finish = max(first, reached + dt.timedelta(days=1)), min(last or day, day)
        if finish >= begin:
            out += (finish - begin).days + 1
            reached = finish
    return max((day - start).days - out, 0)


@dataclass(frozen=True, slots=True)
class Found:
    """A clue as a rule finds it; ``evidence`` are lines of (what, value, source), and of a value that opens down to its
    readings its address."""

    contract: LandContract
    rule: str
    days: int | None
    evidence: list[tuple[str, ...]] = field(default_factory=list)


def find(contracts: Iterable[LandContract], day: dt.date) -> Iterator[Found]:
    """What the rules say of contracts as of a day. Stops are read with each; a contract without the dates that a
    rule needs gives nothing by it."""
    held = list(contracts)
    measured = {one["id"]: _values(one, day) for one in settings()["rules"] if "indicator" in one}
    for one in held:
        stops = [(stop.first, stop.last) for stop in one.stops.all()]
        for known in settings()["rules"]:
            found = _test(known, one, day, stops, measured.get(known["id"], {}))
            if found is not None:
                yield _with_evidence(found, day)


def _test(
    known: Mapping[str, Any], one: LandContract, day: dt.date, stops: Sequence[Any], measured: Mapping[int, Any]
) -> Found | None:
    code = known["id"]
    if code == "not_started":
        if one.start_by is None or one.started_on is not None:
            return None
        days = counted_days(one.start_by, day, stops)
        if days < known["days"]:
            return None
        evidence = [(_("约定开工日期"), str(one.start_by), one.number), (_("实际开工日期"), _("没有登记"), one.number)]
        return Found(one, code, days, [*evidence, *_stopped_lines(stops)])
    if code == "stopped":
        return _stopped(known, one, day, stops)
    if code == "investment_short":
        late = one.finish_by is not None and one.finish_by < day
        if not late or one.investment is None or one.invested is None or one.invested >= one.investment:
            return None
        return Found(one, code, None, [
            (_("约定竣工日期"), str(one.finish_by), one.number), (_("约定总投资"), f"{one.investment:,.0f} 万元", one.number),
            (_("已投资"), f"{one.invested:,.0f} 万元", one.number),
        ])  # fmt: skip
    if code == "far_short":
        if one.far_min is None or one.far is None or one.far >= one.far_min:
            return None
        return Found(
            one,
            code,
            None,
            [(_("约定容积率下限"), f"{one.far_min:g}", one.number), (_("实际容积率"), f"{one.far:g}", one.number)],
        )
    if code == "seen_vacant":
        return _seen_vacant(known, one, day)
    holder = one.parcel_id if known.get("of") == "parcel" else one.parcel.holder_id
    if holder is None or holder not in measured:
        return None
    if known.get("of") == "parcel" and (one.finish_by is None or one.finish_by >= day):
        return None
    if code == "no_power":
        told, before, latest, months = measured[holder]
        readings = [
            (_("%(month)s 用电量") % {"month": month.label}, value, told, _opens(known, _code(known, one), month))
            for month, value in months
        ]
        return Found(
            one, code, None,
            [(_("最近几个月的用电量"), latest, told), *readings, (_("此前同样长时间的用电量"), before, told)],
        )  # fmt: skip
    promised = getattr(one, known["field"])
    value, told, period = measured[holder]
    if promised is None or value >= promised:
        return None
    return Found(
        one,
        code,
        None,
        [
            (_("合同约定"), f"{promised:,.2f} 万元/亩", one.number),
            (_("实际"), f"{value:,.2f} 万元/亩", told, _opens(known, _code(known, one), period)),
        ],
    )


def _code(known: Mapping[str, Any], one: LandContract) -> str:
    """By what code the record is opened that a rule measures: the parcel's or its holder's."""
    if known.get("of") == "parcel":
        return one.parcel.code
    return one.parcel.holder.code if one.parcel.holder is not None else ""


def _opens(known: Mapping[str, Any], code: str, period: Period) -> str:
    """The address that opens a measured value down to what was reported or read."""
    return open_url(known["indicator"], code, period.code, known.get("of", "organisation"))


def _seen_vacant(known: Mapping[str, Any], one: LandContract, day: dt.date) -> Found | None:
    """The newest findings, from one on so many days before the last, all show the land without use."""
    if one.start_by is None or one.start_by >= day:
        return None
    seen = [row for row in evidence_of(one.parcel, day) if row.shows]
    empty = list(itertools.takewhile(lambda row: row.shows in UNUSED, seen))
    if len(empty) < known["times"] or (empty[0].day - empty[-1].day).days < known["days_apart"]:
        return None
    return Found(one, known["id"], None, [(_("约定开工日期"), str(one.start_by), one.number)])


def evidence_of(parcel: Any, day: dt.date) -> list[Evidence]:
    """What was entered of a parcel up to a day, the newest first."""
    return [row for row in parcel.evidence.all() if row.day <= day and row.withdrawn_at is None]


def _told(row: Evidence) -> tuple[str, ...]:
    """A finding as a line of evidence."""
    parts = [str(row.day), str(row.get_shows_display()) if row.shows else ""]
    if row.built_share is not None:
        parts.append(f"{_('已动工面积占比')} {row.built_share:g} %")
    if row.invested is not None:
        parts.append(f"{_('累计投资')} {row.invested:,.0f} 万元")
    return (str(row.get_kind_display()), " ".join(part for part in parts if part), row.source)


def _with_evidence(found: Found, day: dt.date) -> Found:
    """What was entered by hand stands beside what a rule found, for and against; a permit that nobody entered is told
    to be missing where the building has not begun."""
    rows = evidence_of(found.contract.parcel, day)
    found.evidence.extend(_told(row) for row in rows[:MOST_LINES])
    if found.rule == "not_started" and not any(row.kind == EvidenceKind.PERMIT for row in rows):
        found.evidence.append((_("施工许可"), _("没有登记"), ""))
    if found.rule == "not_started" and rows and rows[0].shows in (EvidenceShows.BUILDING, EvidenceShows.WORKING):
        found.evidence.append((_("相反的情况"), _("最近一次看到在使用：先核对开工登记"), rows[0].source))
    return found


def _stopped(known: Mapping[str, Any], one: LandContract, day: dt.date, stops: Sequence[Any]) -> Found | None:
    if one.started_on is None or one.stopped_on is None or one.finished_on is not None:
        return None
    days = counted_days(one.stopped_on, day, stops)
    short_area = one.built_share is not None and one.built_share / 100 < known["area_share"]
    invested = one.invested / one.investment if one.investment and one.invested is not None else None
    short_money = invested is not None and invested < known["investment_share"]
    if days < known["days"] or not (short_area or short_money):
        return None
    missing = _("没有登记")
    return Found(one, "stopped", days, [
        (_("中止建设日期"), str(one.stopped_on), one.number),
        (_("已动工面积占比"), f"{one.built_share:g} %" if one.built_share is not None else missing, one.number),
        (_("投资完成"), f"{invested * 100:.1f} %" if invested is not None else missing, one.number),
        *_stopped_lines(stops),
    ])  # fmt: skip


def _stopped_lines(stops: Sequence[Any]) -> list[tuple[str, str, str]]:
    return [(_("停算期间"), f"{first} — {last or ''}", "") for first, last in stops]


def _values(known: Mapping[str, Any], day: dt.date) -> dict[int, Any]:
    """Of each enterprise (or parcel) what a rule measures: (value, told, period) of the last whole year, or of the power
    rule (told, before, latest, the latest months with their readings)."""
    of = known.get("of", "organisation")
    indicator = Indicator.objects.filter(code=known["indicator"], subject=of).first()
    if indicator is None:
        return {}
    subject = subjects.by_code(of)
    periods = [one for one in record_values.periods_of(subject, indicator.pk, told="valued") if one.end <= day]
    if known["id"] != "no_power":
        years = [one for one in periods if one.kind == PeriodKind.YEAR]
        if not years:
            return {}
        told = f"{indicator.name} {years[-1]}"
        rows = record_values.valued(subject, indicator.pk, years[-1])
        return {record: (value, told, years[-1]) for record, value, _simulated in rows}
    months = sorted((one for one in periods if one.kind == PeriodKind.MONTH), key=lambda one: one.start)
    many = known["months"]
    if len(months) < 2 * many:
        return {}
    read: list[dict[int, float]] = []
    for month in months[-2 * many :]:
        read.append({record: value for record, value, _s in record_values.valued(subject, indicator.pk, month)})
    whole = [pk for pk in read[0] if all(pk in one for one in read)]  # with every month of both spans
    told = f"{indicator.name} {months[-many]}—{months[-1]}"
    found = {}
    for pk in whole:
        before, latest = sum(one[pk] for one in read[:many]), sum(one[pk] for one in read[many:])
        if before and latest <= known["share"] * before:
            each = [
                (month, f"{one[pk]:,.1f} {indicator.unit}")
                for month, one in zip(months[-many:], read[many:], strict=True)
            ]
            found[pk] = (told, f"{before:,.0f} {indicator.unit}", f"{latest:,.0f} {indicator.unit}", each)
    return found


def refresh(now: dt.datetime | dt.date) -> str:
    """Periodic: new clues for what the rules find today, and fresh evidence for those that nobody has taken up. One
    clue of a rule is open for a parcel at a time."""
    day = timezone.localdate(now) if isinstance(now, dt.datetime) else now
    contracts = (
        alive_on(LandContract.objects.all(), day)
        .select_related("parcel__holder")
        .prefetch_related("stops", "parcel__evidence")
    )
    known = {(one.parcel_id, one.rule): one for one in Clue.objects.exclude(state__in=OVER)}
    dismissed = set(Clue.objects.filter(state__in=OVER).values_list("contract_id", "rule"))
    new, fresh = [], []
    for found in find(contracts, day):
        held = known.get((found.contract.parcel_id, found.rule))
        evidence = [list(line) for line in found.evidence]
        if held is None and (found.contract.pk, found.rule) not in dismissed:
            new.append(Clue(
                parcel=found.contract.parcel, contract=found.contract, rule=found.rule, found_on=day, evidence=evidence, days=found.days,
                due_on=day + dt.timedelta(days=settings()["deadlines"]["notice_days"]), simulated=found.contract.simulated,
            ))  # fmt: skip
        elif held is not None and (held.evidence != evidence or held.days != found.days):
            held.days = found.days
            if held.state == ClueState.SUSPECTED:
                held.evidence = evidence
            fresh.append(held)
    Clue.objects.bulk_create(new, batch_size=500)
    Clue.objects.bulk_update(fresh, ["evidence", "days"], batch_size=500)
    return _("新线索 %(new)s 条，更新 %(fresh)s 条") % {"new": len(new), "fresh": len(fresh)} if new or fresh else ""
