"""Reports that the enterprises of a demonstration have handed in: most in time, some late, a few not yet. All
模拟数据; they state what the twin says, and their figures are the twin's facts already.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from typing import Any

from django.utils import timezone

from qiangqu.base.periods import Period
from qiangqu.base.units import factor
from qiangqu.facts import reporting
from qiangqu.facts.models import CollectionForm, Report, ReportStatus
from qiangqu.facts.reading import Where, table
from qiangqu.registry.models import Organisation, User
from qiangqu.registry.subjects import ORGANISATION

#: of a thousand that had to report, how many have not: for the last period whose day has passed, the one
#: before, and so on
MISSING = (7, 3, 1)
LATE = 60  # of a thousand, how many came after the day
EXAMINED = dt.timedelta(days=2)


def hand_in_all(today: dt.date, examiner: User) -> int:
    """What the simulated enterprises have reported for every form and period whose last day has passed;
    returns how many reports there are. Those that have a report already are left alone.
    """
    made = 0
    for form in CollectionForm.objects.filter(active=True).select_related("area"):
        past = [one for one in reporting.periods_of(form, today) if reporting.due_on(form, one) < today]
        for at, period in enumerate(past):
            missing = MISSING[at] if at < len(MISSING) else 0
            made += _period(form, period, missing, examiner)
    return made


def _period(form: CollectionForm, period: Period, missing: int, examiner: User) -> int:
    known = Report.objects.filter(form=form, period_key=period.key).values("organisation")
    asked = reporting.reporters(form, period).filter(simulated=True).exclude(pk__in=known).only("pk", "code")
    values, nothing = _values(form, period), _nothing(form)
    due, rows = reporting.due_on(form, period), []
    for one in asked.order_by("code"):
        chance = _chance(one, form, period)
        if chance < missing:
            continue
        sent = _moment(due, chance, late=chance >= 1000 - LATE)
        examined = min(sent + EXAMINED, timezone.now())
        rows.append(
            Report(
                form=form, organisation=one, period_key=period.key, status=ReportStatus.APPROVED,
                values=values.get(one.pk) or nothing, submitted_at=min(sent, examined), reviewed_at=examined,
                reviewed_by=examiner,
            )
        )  # fmt: skip
    return len(Report.objects.bulk_create(rows, batch_size=500))


def _chance(one: Organisation, form: CollectionForm, period: Period) -> int:
    """A number under 1,000, the same in every run."""
    found = hashlib.sha256(f"{one.code} {form.code} {period.key}".encode()).digest()
    return int.from_bytes(found[:4], "big") % 1000


def _moment(due: dt.date, chance: int, *, late: bool) -> dt.datetime:
    """When it came in working hours: up to eight days before the last day, or up to five after."""
    day = due + dt.timedelta(days=1 + chance % 5) if late else due - dt.timedelta(days=chance % 9)
    return timezone.make_aware(dt.datetime.combine(day, dt.time(8 + chance % 9, chance % 60)))


def _nothing(form: CollectionForm) -> dict[str, Any]:
    """What one states of which the twin says nothing in the period."""
    codes = form.items.values_list("element__code", flat=True)
    return {code: {"text": "0", "explanation": "（模拟）本期没有发生"} for code in codes}


def _values(form: CollectionForm, period: Period) -> dict[int, dict[str, Any]]:
    """What the twin says of each enterprise, as the form asks it; a correction before what it corrects."""
    items = {item.element_id: item for item in form.items.select_related("element")}
    units = {pk: factor(item.unit, item.element.unit) for pk, item in items.items()}
    asked = Where(elements=list(items), periods=[period.key], kind=ORGANISATION.number)
    facts = table(asked).sort_by("id").select(["subject", "element", "value"]).to_pydict()
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for pk, element, value in zip(*facts.values(), strict=True):
        found[pk][items[element].element.code] = {"text": f"{value / units[element]:.12g}", "explanation": ""}
    return found
