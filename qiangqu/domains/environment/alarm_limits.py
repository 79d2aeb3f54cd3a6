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

AVERAGES = {"hour": "小时均值", "8h": "8 小时均值", "day": "日均值", "daytime": "昼间", "night": "夜间"}


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
                unit = channel.shown_unit
                found[channel.point_id] = PointLimit(
                    point_id=channel.point_id,
                    value=float(converted(bound.high, bound.unit, unit)),
                    unit=unit,
                    citation=f"{bound.citation}（{AVERAGES.get(average, average)}）"[:200],
                )
            break
    with transaction.atomic():
        ours = [pk for pk in channels.values_list("point_id", flat=True) if pk not in found]
        gone, _by_model = PointLimit.objects.filter(point__in=ours).delete()
        PointLimit.objects.bulk_create(
            found.values(),
            update_conflicts=True,
            unique_fields=["point"],
            update_fields=["value", "unit", "citation", "updated_at"],
            batch_size=500,
        )
        audit.record(
            None, "alarm_limits_copied", object_type="pointlimit", object_id=day.isoformat(),
            detail={"limits": len(found), "withdrawn": gone},
        )  # fmt: skip
    return len(found), gone
