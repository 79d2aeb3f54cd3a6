"""Longitude and latitude as people write them: checked, with the faults that are made most named."""

import math
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.ui.maps import EAST, NORTH, SOUTH, WEST


def check_lon(value: Any) -> None:
    """Django validator: a longitude within China, in degrees."""
    fault = place_fault(value, None)
    if fault:
        raise ValidationError(fault)


def check_lat(value: Any) -> None:
    """Django validator: a latitude within China, in degrees."""
    fault = place_fault(None, value)
    if fault:
        raise ValidationError(fault)


def place_fault(lon: Any, lat: Any) -> str:
    """What is wrong with degrees ("": nothing); one of the two may be None for not to be looked at."""
    for value, low, high, other, word, hint in (
        (lon, WEST, EAST, (SOUTH, NORTH), _("经度"), _("像是纬度，经纬度可能颠倒")),
        (lat, SOUTH, NORTH, (WEST, EAST), _("纬度"), _("像是经度，经纬度可能颠倒")),
    ):
        if value is None:
            continue
        if not isinstance(value, (int, float)) or not math.isfinite(value):
            return _("%(word)s不是数字") % {"word": word}
        if low <= value <= high:
            continue
        words = {"word": word, "value": f"{value:g}", "low": f"{low:g}", "high": f"{high:g}", "hint": hint}
        if other[0] <= value <= other[1]:
            return _("%(word)s %(value)s %(hint)s") % words
        return _("%(word)s %(value)s 不在 %(low)s—%(high)s 度之间；投影坐标请先转成经纬度") % words
    return ""


def checked_place(lon: Any, lat: Any, where: str = "") -> tuple[float, float]:
    """The two as floats. Raises InputError for what is no place in China."""
    try:
        found = float(lon), float(lat)
    except (TypeError, ValueError):
        raise InputError(_("经纬度不是数字"), where=where) from None
    fault = place_fault(*found)
    if fault:
        raise InputError(fault, where=where)
    return found
