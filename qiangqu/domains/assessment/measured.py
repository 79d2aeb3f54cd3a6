"""Questions of schemes that the node answers itself, from its alarms: how many are under way in a zone, and how many there
were this year. A count that has changed is one more answer, with what it counts as its reason; so an alarm moves a zone's
marks at once.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import override

from qiangqu.registry import audit
from qiangqu.registry.models import Area
from qiangqu.schemes.models import Reply
from qiangqu.telemetry.models import Alarm

from .live import zone_schemes

OPEN_NOW, THIS_YEAR = "zone_alarms_open", "zone_alarms_year"
QUESTIONS = (OPEN_NOW, THIS_YEAR)


def asked(day: dt.date) -> list[str]:
    """Which of the questions an edition in force asks."""
    wanted = {value.question for scheme in zone_schemes(day).values() for value in scheme.values.values() if value.ask}
    return [one for one in QUESTIONS if one in wanted]


def counted(zone: Area, question: str, day: dt.date) -> tuple[int, bool]:
    """How many alarms a question counts in a zone, and whether some are made up. An alarm that came again before it was
    acknowledged counts as often as it came."""
    rows = Alarm.objects.filter(area__path__startswith=zone.path)
    if question == OPEN_NOW:
        rows = rows.filter(closed_at=None, cleared_at=None)
        return rows.count(), rows.filter(simulated=True).exists()
    rows = rows.filter(raised_at__year=day.year)
    return rows.aggregate(times=Sum("times"))["times"] or 0, rows.filter(simulated=True).exists()


def answer(now: dt.datetime, zones: Sequence[Area] | None = None) -> str:
    """Answer the questions that are asked for these zones (default: all) where the count has changed. As a job, and
    whenever alarms come in."""
    day = timezone.localdate(now)
    questions = asked(day)
    if not questions:
        return ""
    alive = Q(valid_to=None) | Q(valid_to__gte=day)
    known = list(Area.objects.filter(alive, level="zone", valid_from__lte=day)) if zones is None else list(zones)
    last = {
        (row.area_id, row.question): row
        for row in Reply.objects.filter(question__in=questions, area__in=known, day__lte=day).order_by("day", "pk")
    }
    made = []
    for zone in known:
        for question in questions:
            count, made_up = counted(zone, question, day)
            before = last.get((zone.pk, question))
            if before is not None and before.value == count and before.day.year == day.year:
                continue
            with override("zh-hans"):
                what = "正在报警" if question == OPEN_NOW else f"{day.year}年报警"
                reason = f"报警台账自动统计：{what} {count} 次"
            # nothing is made up about no alarm, unless the zone itself is
            made.append(
                Reply(
                    area=zone,
                    question=question,
                    value=count,
                    reason=reason,
                    day=day,
                    simulated=made_up or zone.simulated,
                )
            )
    with transaction.atomic():
        for row in made:
            row.save()
        if made:
            codes = {zone.pk: zone.code for zone in known}
            told = {f"{codes[row.area_id or 0]} {row.question}": row.value for row in made}
            audit.record(None, "scheme_counted", object_type="area", detail={"answers": told})
    return f"报警计入评价 {len(made)} 项" if made else ""


def on_alarms_raised(sender: Any, alarms: Sequence[Alarm], **_more: Any) -> None:
    """Receiver of ``alarms_raised``, in the transaction that stores the alarms: the zones in which they are."""
    paths = {alarm.area.path for alarm in alarms}
    zones = [zone for zone in Area.objects.filter(level="zone") if any(path.startswith(zone.path) for path in paths)]
    if zones:
        answer(timezone.now(), zones)
