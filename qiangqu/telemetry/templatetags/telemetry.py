"""Times and shares of telemetry in templates."""

import datetime as dt
from typing import Any

from django import template

from .. import words
from ..completeness import moment as _moment
from ..words import INTERVALS

register = template.Library()


@register.filter
def moment(ms: int | None) -> dt.datetime | None:
    """Milliseconds UTC as a time."""
    return None if ms is None else _moment(ms)


@register.filter
def interval_word(code: str) -> Any:
    return INTERVALS.get(code, code)


@register.filter
def statistic_word(code: str) -> Any:
    return words.statistic_word(code)
