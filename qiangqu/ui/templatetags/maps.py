"""``{% map %}``: the box of a map, drawn by ``static/ui/map.js`` and the script of the part whose page it is."""

import json
from typing import Any

from django import template
from django.utils.translation import gettext as _

from qiangqu.ui.hooks import hooks
from qiangqu.ui.maps import outline_note, outline_url

register = template.Library()


@register.inclusion_tag("ui/map.html", name="map")
def map_box(kind: str, label: str, tall: bool = False, bounds: Any = None, **said: Any) -> dict[str, Any]:
    """A map of ``kind`` (told to the script) named ``label`` for screen readers, as high as the window when ``tall``,
    which begins at ``bounds`` (JSON of west, south, east, north in degrees; None: the region). Whatever else is
    ``said`` goes to the script as data attributes: ``own_page="…"`` as ``data-own-page``; empty ones are left out.

    The page's head includes ``ui/map_head.html`` and the script as a module.
    """
    region = hooks.region()
    # the controls' own words; the keys are those of MapLibre
    words = {
        "AttributionControl.ToggleAttribution": _("显示或隐藏来源"),
        "Map.Title": label,
        "Marker.Title": _("标记"),
        "NavigationControl.ZoomIn": _("放大"),
        "NavigationControl.ZoomOut": _("缩小"),
        "Popup.Close": _("关闭"),
    }
    told = [(name.replace("_", "-"), value) for name, value in {"bounds": bounds, **said}.items()]
    return {
        "kind": kind,
        "label": label,
        "tall": tall,
        "base": outline_url(region),
        "base_note": outline_note(region),
        "said": [(name, str(value)) for name, value in told if value not in (None, "")],
        "words": json.dumps({key: str(word) for key, word in words.items()}, ensure_ascii=False),
    }
