"""Numbers, statuses and the 模拟数据 mark, the same on every page."""

import math
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.terms import said

register = template.Library()

DASH = "—"
# each status has its colour, its icon and its word, so that it is readable without colour
STATUSES = {
    "done": ("blue", "circle-check", gettext_lazy("已完成")),
    "on_track": ("green", "circle-dot", gettext_lazy("正常")),
    "at_risk": ("amber", "alert-triangle", gettext_lazy("预警")),
    "off_track": ("red", "square-x", gettext_lazy("滞后")),
    "stale": ("grey", "clock-exclamation", gettext_lazy("待更新")),
    "no_data": ("grey", "circle-dashed", gettext_lazy("无数据")),
}


@register.filter
def quantity(value: Any, decimals: Any = None) -> str:
    """A number with thousands separators and ``decimals`` places (None: up to 4 as needed); "—" for None, NaN
    and text.

    >>> quantity(12345.678, 1), quantity(None), quantity(-0.04, 1), quantity(3.5)
    ('12,345.7', '—', '0.0', '3.5')
    """
    if value is None or value == "" or isinstance(value, bool):
        return DASH
    try:
        number = float(value)
    except (TypeError, ValueError):
        return DASH
    if not math.isfinite(number):
        return DASH
    if decimals is None or decimals == "":
        text = f"{number:,.4f}".rstrip("0").rstrip(".")
    else:
        text = f"{number:,.{min(max(int(decimals), 0), 8)}f}"
    return text.removeprefix("-") if not any(c in "123456789" for c in text) else text


@register.filter
def signed(value: Any, decimals: Any = None) -> str:
    """Like ``quantity`` with a plus sign before what is above zero (differences, growth)."""
    text = quantity(value, decimals)
    return f"+{text}" if text != DASH and not text.startswith("-") and any(c in "123456789" for c in text) else text


@register.simple_tag
def status_badge(status: str, word: str = "") -> SafeString:
    """Status by colour, icon and word (``word`` in place of the status's own); an unknown status counts as
    无数据.
    """
    colour, icon, own = STATUSES.get(str(status), STATUSES["no_data"])
    return format_html(
        '<span class="qq-status qq-status-{}"><i class="ti ti-{}" aria-hidden="true"></i>{}</span>',
        colour,
        icon,
        word or own,
    )


@register.filter
def status_word(status: str) -> str:
    return str(STATUSES.get(str(status), STATUSES["no_data"])[2])


@register.simple_tag
def simulated_mark(flag: Any) -> SafeString | str:
    """The mark 模拟数据 when ``flag`` is true, else nothing."""
    if not flag:
        return ""
    return format_html(
        '<span class="qq-simulated" title="{}">{}</span>', _("由 qiangqu simulate 生成，不是真实数据"), _("模拟数据")
    )


@register.filter
def word(text: str) -> str:
    """A name of the data files in the reader's language, where the pack or the catalogue has it."""
    return said(text)


@register.filter
def percent(share: float | None) -> float | None:
    """A share (0–1) as %."""
    return None if share is None else share * 100


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
