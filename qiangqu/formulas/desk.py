"""An area among its peers: a card of the work desk, and a part of the area's page."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import covers, is_own_only
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.ui.desk import LINES, Card, Line, Look
from qiangqu.ui.registers import Panel
from qiangqu.ui.templatetags.quantities import quantity

from .peers import LEAST_PEERS, Standing, standings
from .templatetags.indicators import open_url


def peers(look: Look) -> Card | None:
    """Where the area stands last and where it stands first, half of each. None for a region, which has no
    peers, and where nothing can be compared.
    """
    if look.area is None or is_own_only(look.user):
        return None
    found = standings(look.area, look.day or timezone.localdate(look.now))
    if not found:
        return None
    ordered = sorted(found, key=lambda one: (-one.place / one.of, one.indicator.order))
    half = LINES // 2
    chosen = ordered if len(ordered) <= LINES else [*ordered[:half], *ordered[-half:]]
    title = _("%(area)s与同级区域相比") % {"area": look.area.short_name}
    return Card(
        title,
        reverse("areas-detail", args=[look.area.pk]),
        [_line(one, look.area.code) for one in chosen],
        note=_note(),
        icon="chart-bar",
    )


def standing_panel(request: Any, area: Area) -> Panel | None:
    """An area's page: every indicator that can be compared, with its place among the peers."""
    if is_own_only(request.user) or not covers(request.user, area.path, Action.VIEW_PLAN):
        return None
    found = standings(area, request.as_of or timezone.localdate())
    if not found:
        return None
    rows = [(one, open_url(one.indicator.code, area.code, one.period.code)) for one in found]
    simulated = any(one.simulated for one in found)
    return Panel(
        _("指标与位次"), "formulas/standing_panel.html", {"rows": rows, "note": _note(), "simulated": simulated}
    )


def _note() -> str:
    return _(
        "名次按指标的方向排，只与同一时期、同为统计数或同为模拟数的区域相比；不足 %(n)s 个区域时不显示中位数。"
    ) % {"n": LEAST_PEERS}


def _line(one: Standing, area: str) -> Line:
    third = one.of / 3
    tone = "green" if one.place <= third else "red" if one.place > 2 * third else "grey"
    decimals, unit = one.indicator.decimals, one.indicator.unit
    middle = "" if one.middle is None else " · " + _("中位数 %(n)s") % {"n": quantity(one.middle, decimals)}
    return Line(
        one.indicator.name,
        open_url(one.indicator.code, area, one.period.code),
        f"{one.period.label}{middle}",
        _("第%(place)s / %(of)s") % {"place": one.place, "of": one.of},
        tone,
        f"{quantity(one.value, decimals)} {unit}",
        one.simulated,
    )
