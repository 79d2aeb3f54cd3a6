"""What comes round by itself: reminding who has not answered, what expires, calculations that nobody works on."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.messaging.notify import notify_all
from qiangqu.registry.models import User
from qiangqu.registry.roles import Action, roles_with

from .handling import calling
from .models import EmergencyEquipment, EmergencyPlan, EquipmentState, SupplyBatch
from .siting.solving import SITINGS
from .stock import with_stock

AHEAD = dt.timedelta(days=60)
SOON = dt.timedelta(days=30)


def remind(now: dt.datetime) -> str:
    """Once more to those who have not answered a call."""
    many = calling.remind(now)
    return f"催答 {many} 人" if many else ""


def sitings(now: dt.datetime) -> str:
    """Calculations whose process is gone are taken up."""
    many = SITINGS.take_up()
    return f"选址 {many} 个" if many else ""


def _alive(day: dt.date) -> Q:
    return Q(valid_to=None) | Q(valid_to__gte=day)


def due_plans(day: dt.date) -> Any:
    """Plans whose review is due within :data:`AHEAD`."""
    return EmergencyPlan.objects.filter(_alive(day), review_due__lte=day + AHEAD).select_related("area")


def due_batches(day: dt.date) -> Any:
    """Batches with stock that expire, or are to be inspected, within :data:`SOON`."""
    limit = day + SOON
    rows = SupplyBatch.objects.filter(_alive(day)).filter(Q(expires_on__lte=limit) | Q(inspect_due__lte=limit))
    return with_stock(rows).filter(stock__gt=0).select_related("item", "place__area")


def due_equipment(day: dt.date) -> Any:
    """Equipment that is to be inspected within :data:`SOON`."""
    rows = EmergencyEquipment.objects.filter(_alive(day), inspect_due__lte=day + SOON)
    return rows.exclude(state=EquipmentState.SCRAPPED).select_related("place__area")


def due(now: dt.datetime) -> str:
    """Once a day: who keeps an area's resources hears what is due there, each thing once for each due date."""
    day, told = timezone.localdate(now), 0
    for one in due_plans(day):
        words = {"name": one.name, "day": one.review_due}
        told += _tell(
            one.area,
            one,
            _("预案评估修订到期：%(name)s（%(day)s）") % words,
            f"/emergency-plans/{one.pk}/",
            one.review_due,
        )
    for one in due_batches(day):
        words = {"name": str(one), "place": one.place, "n": one.stock, "unit": one.item.unit}
        first = min(moment for moment in (one.expires_on, one.inspect_due) if moment is not None)
        subject = _("物资到期：%(name)s，%(place)s %(n)s %(unit)s") % words
        told += _tell(one.place.area, one, subject, f"/emergency/stock/{one.pk}/", first)
    for one in due_equipment(day):
        words = {"name": one.name, "place": one.place}
        subject = _("装备检验到期：%(name)s，%(place)s") % words
        told += _tell(one.place.area, one, subject, f"/emergency-equipment/{one.pk}/", one.inspect_due)
    return f"到期提醒 {told} 条" if told else ""


def _tell(area: Any, record: Any, subject: str, url: str, day: Any) -> int:
    people = User.objects.posted(area=area, role__in=roles_with(Action.KEEP_EMERGENCY))[:50]
    key = f"due:{record._meta.model_name}:{record.pk}:{day}"
    return notify_all(people, subject, "", url, topic="emergency", key=key, simulated=record.simulated)
