"""Who is told of exceedances: the zone and the enterprise of new ones, the enterprise of the zone's
verdict.
"""

import datetime as dt
from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.messaging.notify import notify_all
from qiangqu.registry.nearest import nearest_staff, users_of
from qiangqu.registry.roles import Action

from .models import Exceedance

TOPIC = "environment"
FRESH = dt.timedelta(days=3)  # what is worked out from older data is no news


def found(new: Iterable[Exceedance]) -> None:
    """New exceedances, one message for each place; in the caller's transaction."""
    since = timezone.now() - FRESH
    by_place: dict[str, list[Exceedance]] = {}
    for one in new:
        if one.start >= since:
            by_place.setdefault(str(one.channel.place), []).append(one)
    for name, some in by_place.items():
        channel = some[0].channel
        people = users_of(channel.owner.pk if channel.owner is not None else None)
        people = [*nearest_staff(channel.area, Action.EDIT_REGISTERS), *people]
        address = (
            reverse("environment-exceedance", args=[some[0].pk])
            if len(some) == 1
            else reverse("environment-exceedances")
        )
        subject = _("发现超标 %(n)s 条，请核实：%(place)s") % {"n": len(some), "place": name}
        notify_all(
            people, subject, "", address, topic=TOPIC, key=f"exceedance:{max(one.pk for one in some)}",
            simulated=channel.place.simulated,
        )  # fmt: skip


def judged(one: Exceedance) -> None:
    """The zone has said whether an exceedance stands: the enterprise."""
    owner = one.channel.owner
    words = {"place": str(one.channel.place), "state": one.get_state_display()}
    notify_all(
        users_of(owner.pk if owner is not None else None), _("超标核实：%(place)s %(state)s") % words, one.note,
        reverse("environment-exceedance", args=[one.pk]), topic=TOPIC, simulated=one.channel.place.simulated,
    )  # fmt: skip
