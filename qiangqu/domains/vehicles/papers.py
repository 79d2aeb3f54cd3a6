"""Which papers of a vehicle on the road are missing: licence, permit, waybill, crew."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiangqu.telemetry.models import DeviceMessage

from .models import CrewMember, Permit, Trip

MISSING = {
    "licence": _("道路运输证没有登记或已过期"),
    "permit": _("没有在有效期内的运输许可"),
    "goods": _("运单的货物不在运输许可之内"),
    "trip": _("没有电子运单"),
    "driver": _("驾驶员资格证已过期或岗位不符"),
    "escort": _("没有押运员，或资格证已过期"),
    "card": _("插卡的驾驶员不在名录"),
}
#: a card that was put in so long ago says nothing of today
CARD_DAYS = 2
DRIVER_CARD = "0702"


@dataclass(slots=True)
class Papers:
    """What is known of the vehicles that are asked about, by vehicle (cards: by device)."""

    permits: dict[int, list[Permit]] = field(default_factory=lambda: defaultdict(list))
    trips: dict[int, list[Trip]] = field(default_factory=lambda: defaultdict(list))
    cards: dict[int, tuple[dt.datetime, str]] = field(default_factory=dict)
    certificates: dict[str, dt.date] = field(default_factory=dict)


def papers_of(vehicles: Iterable[Any], now: dt.datetime) -> Papers:
    """Read once for many vehicles."""
    listed = list(vehicles)
    found = Papers()
    for permit in Permit.objects.filter(vehicle__in=listed, valid_to=None):
        found.permits[permit.vehicle_id].append(permit)
    for trip in Trip.objects.filter(vehicle__in=listed, valid_to=None).select_related("driver", "escort"):
        found.trips[trip.vehicle_id].append(trip)
    since = now - dt.timedelta(days=CARD_DAYS)
    devices = [vehicle.device_id for vehicle in listed if vehicle.device_id]
    messages = DeviceMessage.objects.filter(device__in=devices, cn=DRIVER_CARD, received__gte=since)
    for message in messages.order_by("received"):
        card = _card(message.text)
        if card is None:
            found.cards.pop(message.device_id, None)
        else:
            found.cards[message.device_id] = (message.received, card)
    wanted = {licence for _at, licence in found.cards.values()}
    people = CrewMember.objects.filter(certificate__in=wanted, duty="driver", valid_to=None)
    found.certificates = dict(people.values_list("certificate", "certificate_until"))
    return found


def _card(text: str) -> str | None:
    """The licence of a card that was put in; None when it was taken out or could not be read."""
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return str(said.get("licence", "")) if said.get("status") == "1" and said.get("result") == "0" else None


def trip_at(trips: Iterable[Trip], at: dt.datetime) -> Trip | None:
    """The waybill under way at a moment: the one begun last."""
    under_way = [trip for trip in trips if trip.starts_at <= at <= trip.ends_at]
    return max(under_way, key=lambda trip: trip.starts_at, default=None)


def missing(vehicle: Any, papers: Papers, at: dt.datetime) -> list[str]:
    """What is missing at a moment, as codes of :data:`MISSING`."""
    day = timezone.localdate(at)
    found = []
    if vehicle.licence_until is None or vehicle.licence_until < day:
        found.append("licence")
    valid = [one for one in papers.permits.get(vehicle.pk, ()) if one.first_day <= day <= one.last_day]
    trip = trip_at(papers.trips.get(vehicle.pk, ()), at)
    if not valid:
        found.append("permit")
    elif trip is not None and not any(one.goods == trip.goods for one in valid):
        found.append("goods")
    if trip is None:
        found.append("trip")
    else:
        if trip.driver.duty != "driver" or trip.driver.certificate_until < day:
            found.append("driver")
        if trip.escort is None or trip.escort.duty != "escort" or trip.escort.certificate_until < day:
            found.append("escort")
    card = papers.cards.get(vehicle.device_id)
    if card is not None and card[0] <= at + dt.timedelta(minutes=5):
        until = papers.certificates.get(card[1])
        if until is None or until < day:
            found.append("card")
    return found
