"""The limits of standards, handed to the alarms: what ``limit`` means for the points of stations and outlets
(:class:`PointLimit`).
"""

import datetime as dt

from django.db import transaction

from qiangqu.registry import audit
from qiangqu.telemetry.models import PointLimit

from .limits import limit
from .models import Channel
from .reading import converted
from .rolling import averages_of

#: what a mean is called, and its length in seconds (day and night by the hours of GB 3096: 6 to 22, 22 to 6)
AVERAGES = {
    "hour": ("小时均值", 3600),
    "8h": ("8 小时均值", 8 * 3600),
    "day": ("日均值", 86400),
    "daytime": ("昼间", 16 * 3600),
    "night": ("夜间", 8 * 3600),
}


def copy_limits(day: dt.date) -> tuple[int, int]:
    """Give each channel's point the limit in force on ``day`` of the first mean that its place is held to
    (stack gas: hour, waste water: day, ambient air: hour, else 8 hours, else day), in the channel's own unit.
    Gives how many limits there are now, and how many were withdrawn because no standard sets one any longer.

    Ranges (pH) are left out: ``limit`` is one number. Concentrations of stack gas are compared as measured,
    without conversion to the reference oxygen: an alarm is a hint, the exceedance record is the judgement.
    """
    found: dict[int, PointLimit] = {}
    channels = Channel.objects.exclude(point=None).select_related("station", "outlet")
    for channel in channels:
        place = channel.place
        if not place.standard:
            continue
        for average in averages_of(place):
            bound = limit(place.standard, place.grade, channel.factor, average, day)
            if bound is None:
                continue
            if bound.low is None and channel.point_id is not None:
                unit, (called, seconds) = channel.shown_unit, AVERAGES[average]
                found[channel.point_id] = PointLimit(
                    point_id=channel.point_id,
                    value=float(converted(bound.high, bound.unit, unit)),
                    unit=unit,
                    seconds=seconds,
                    citation=f"{bound.citation}（{called}）"[:200],
                )
            break
    with transaction.atomic():
        ours = [pk for pk in channels.values_list("point_id", flat=True) if pk not in found]
        gone, _by_model = PointLimit.objects.filter(point__in=ours).delete()
        PointLimit.objects.bulk_create(
            found.values(),
            update_conflicts=True,
            unique_fields=["point"],
            update_fields=["value", "unit", "seconds", "citation", "updated_at"],
            batch_size=500,
        )
        audit.record(
            None, "alarm_limits_copied", object_type="pointlimit", object_id=day.isoformat(),
            detail={"limits": len(found), "withdrawn": gone},
        )  # fmt: skip
    return len(found), gone
