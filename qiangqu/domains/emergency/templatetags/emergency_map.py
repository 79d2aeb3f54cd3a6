"""What lies under the maps of emergencies."""

from django import template

from qiangqu.registry.models import Area
from qiangqu.ui.maps import outline_note, outline_url

register = template.Library()


@register.simple_tag
def region_outline() -> dict[str, str]:
    """Address of the region's outline with its cities and what is to be printed beside it; {} without one."""
    top = Area.objects.filter(parent=None).order_by("path").values_list("code", flat=True).first() or ""
    url = outline_url(top)
    return {"url": url, "note": outline_note(top)} if url else {}


@register.filter
def minutes(value: float | None) -> str:
    """Minutes as people say them: whole ones, one decimal below ten.

    >>> minutes(3.14), minutes(61.5), minutes(None)
    ('3.1', '62', '')
    """
    if value is None:
        return ""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"
