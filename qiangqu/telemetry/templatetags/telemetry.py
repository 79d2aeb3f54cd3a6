"""Times and shares of telemetry in templates."""

import datetime as dt
from typing import Any

from django import template
from django.utils.translation import gettext as _

from ..completeness import moment as _moment
from ..words import INTERVALS, STATISTICS

register = template.Library()


@register.filter
def moment(ms: int | None) -> dt.datetime | None:
    """Milliseconds UTC as a time."""
    return None if ms is None else _moment(ms)


@register.filter
def percent(share: float | None) -> float | None:
    """A share (0–1) as %."""
    return None if share is None else share * 100


@register.filter
def word(text: str) -> str:
    """A name of the data files in the reader's language, where the catalogue has it."""
    return _(text) if text else ""


@register.filter
def interval_word(code: str) -> Any:
    return INTERVALS.get(code, code)


@register.filter
def statistic_word(code: str) -> Any:
    return STATISTICS.get(code, code)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    return mapping.get(key)


@register.filter
def add_u(value: float, more: float) -> str:
    """A sum as SVG writes numbers, whatever the language."""
    return f"{value + more:.1f}"


@register.filter
def unlocal(value: float) -> str:
    """A number as SVG and data attributes write it."""
    return f"{value:.1f}" if isinstance(value, float) else str(value)
