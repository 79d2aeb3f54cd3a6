"""What the lake holds of channels as this domain takes it: hours valid by the rules of HJ, concentrations in
one unit.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from qiangqu.base.errors import InputError
from qiangqu.telemetry import measured
from qiangqu.telemetry.measured import Hours

from .emissions import MASS_PER_UNIT
from .means import valid_hours
from .models import Channel


def hours_of(channels: Sequence[Channel], start: int, end: int) -> dict[int, Hours]:
    """:func:`measured.hours_of <qiangqu.telemetry.measured.hours_of>`, with NaN for hours of too few valid
    readings (:func:`.means.valid_hours`).
    """
    intervals = {channel.pk: channel.interval for channel in channels}
    return {
        pk: replace(
            hours,
            mean=valid_hours(hours.mean, hours.received.astype(float), hours.valid.astype(float), 3600 / intervals[pk]),
        )
        for pk, hours in measured.hours_of(channels, start, end).items()
    }


def converted(value: Any, unit: str, wanted: str) -> Any:
    """A concentration (number or array) from ``unit`` to ``wanted``; the same unit, or one without mass,
    stays as it is.

    >>> converted(0.06, "mg/m³", "μg/m³")
    60.0

    Raises InputError when the two cannot be converted.
    """
    if unit == wanted:
        return value
    if unit not in MASS_PER_UNIT or wanted not in MASS_PER_UNIT or unit[-2:] != wanted[-2:]:
        raise InputError(f"“{unit or '无单位'}”不能换算成“{wanted or '无单位'}”")
    result = value * (MASS_PER_UNIT[unit] / MASS_PER_UNIT[wanted])
    return round(result, 9) if isinstance(result, float) else result
