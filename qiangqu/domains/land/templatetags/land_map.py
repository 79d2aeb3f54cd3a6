"""What lies under the parcels on a map."""

from django import template

from qiangqu.registry.models import Area
from qiangqu.ui.maps import outline_note, outline_url

register = template.Library()


@register.simple_tag
def base_outline() -> dict[str, str]:
    """Address of the region's outline with its cities and what is to be printed beside it; {} without one."""
    top = Area.objects.filter(parent=None).order_by("path").values_list("code", flat=True).first() or ""
    url = outline_url(top)
    return {"url": url, "note": outline_note(top)} if url else {}
