"""Words of data in the reader's language, and whole percentages."""

from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

register = template.Library()

# names in the data files that are shown: here so that the catalogue has them
SHOWN = (
    gettext_noop("优"), gettext_noop("良"), gettext_noop("轻度污染"), gettext_noop("中度污染"), gettext_noop("重度污染"),
    gettext_noop("严重污染"), gettext_noop("小时"), gettext_noop("日"), gettext_noop("最大8小时"), gettext_noop("昼间"),
    gettext_noop("夜间"), gettext_noop("二氧化硫"), gettext_noop("二氧化氮"), gettext_noop("氮氧化物"), gettext_noop("一氧化碳"),
    gettext_noop("臭氧"), gettext_noop("可吸入颗粒物PM10"), gettext_noop("细颗粒物PM2.5"), gettext_noop("颗粒物（烟尘）"),
    gettext_noop("化学需氧量"), gettext_noop("氨氮"), gettext_noop("总磷"), gettext_noop("总氮"), gettext_noop("pH值"),
    gettext_noop("废气流量"), gettext_noop("污水流量"), gettext_noop("含氧量"), gettext_noop("风速"), gettext_noop("风向"),
    gettext_noop("等效声级"), gettext_noop("汞及其化合物"), gettext_noop("非甲烷总烃"),
)  # fmt: skip


@register.filter
def word(text: str) -> str:
    """A name of the data files in the reader's language."""
    return _(text) if text else ""


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
    """A number as SVG writes it."""
    return f"{value:.1f}"
