"""What a gas or fire alarm does: the permits around its detector are suspended and their guardians told at once; where the device
watches a risk point, a hazard is registered."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from qiangqu.telemetry.fire.factors import FIRE
from qiangqu.telemetry.models import Alarm, Protocol

from .conflicts import metres
from .hazards import report
from .models.hazards import Hazard
from .models.permits import GasDetector, WorkPermit
from .models.risks import RiskPoint
from .permits import suspend_for
from .terms import Found, PermitState


def reached(detector: GasDetector, permits: Sequence[WorkPermit]) -> list[WorkPermit]:
    """The permits within the detector's radius; where detector or permit has no coordinates, those of the same
    organisation: rather one too many is stopped."""
    device = detector.device
    found = []
    for one in permits:
        if None in (device.lon, device.lat, one.lon, one.lat):
            hit = device.organisation_id is not None and one.organisation_id == device.organisation_id
        else:
            hit = metres(device.lon, device.lat, one.lon, one.lat) <= detector.radius  # type: ignore[arg-type]
        if hit:
            found.append(one)
    return found


def on_alarms_raised(sender: Any, alarms: Sequence[Alarm], **_more: Any) -> None:
    """Receiver of ``alarms_raised``, in the transaction that stores the alarms."""
    devices = [one.device_id for one in alarms if one.device_id is not None]
    detectors: dict[int | None, GasDetector] = {
        one.device_id: one for one in GasDetector.objects.filter(device__in=devices).select_related("device")
    }
    points: dict[int | None, RiskPoint] = {
        one.device_id: one
        for one in RiskPoint.objects.filter(device__in=devices, valid_to=None).select_related("organisation__area")
    }
    around = [one for one in alarms if one.device_id in detectors and _stops_work(one)]
    working = list(WorkPermit.objects.filter(state=PermitState.WORKING)) if around else []
    # work is stopped everywhere before anything else is written: what fails there stops nobody less
    for alarm in around:
        _suspend_around(detectors[alarm.device_id], alarm, working)
    for alarm in alarms:
        if alarm.device_id in points:
            _hazard_at(points[alarm.device_id], alarm)


def _stops_work(alarm: Alarm) -> bool:
    """Whatever a gas detector's alarm is about; of a fire system its fires, not its faults."""
    device = alarm.device
    return device is None or device.protocol != Protocol.FIRE or alarm.point.factor_code == FIRE


def _suspend_around(detector: GasDetector, alarm: Alarm, working: Sequence[WorkPermit]) -> None:
    value = "" if alarm.value is None else f" {alarm.value:g}"
    if detector.device.protocol == Protocol.FIRE:
        why = _("火灾报警：%(device)s") % {"device": detector.device}
    else:
        why = _("气体报警：%(device)s %(gas)s%(value)s") % {
            "device": detector.device, "gas": detector.gas, "value": value,
        }  # fmt: skip
    for permit in reached(detector, working):
        suspend_for(permit, alarm, why)


def _hazard_at(point: RiskPoint, alarm: Alarm) -> None:
    if Hazard.objects.filter(alarm=alarm, organisation=point.organisation).exists():
        return
    report(
        Hazard(
            organisation=point.organisation, title=f"{point.name}：{alarm.rule.name}"[:300], place=point.place, found=Found.SENSOR,
            found_at=alarm.raised_at, alarm=alarm, lon=point.lon, lat=point.lat, simulated=alarm.simulated,
        ),
        None,
    )  # fmt: skip
