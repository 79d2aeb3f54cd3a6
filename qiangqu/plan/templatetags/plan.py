"""How the plan's pages write a target, a light, a chance, a unit; and where a number opens."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.periods import Period
from qiangqu.base.terms import with_unit
from qiangqu.base.visibility import covers
from qiangqu.registry.models import Area
from qiangqu.ui import versions
from qiangqu.ui.templatetags.quantities import DASH, STATUSES, quantity, simulated_mark, status_word

from ..documents import standing
from ..models import CompiledItem, Effort, TargetKind
from ..rule import percent, tenths
from ..scene import explain_url
from ..spec import difference_unit, number
from ..track import TargetStatus

register = template.Library()

SIGNS = {">=": "≥", ">": "＞", "<=": "≤", "<": "＜", "=": ""}
# the light of a measure: colour, icon, word; each with a shape of its own
LIGHTS = {
    "done": ("blue", "circle-check", gettext_lazy("已完成")),
    "on_track": ("green", "circle-dot", gettext_lazy("绿灯")),
    "at_risk": ("amber", "alert-triangle", gettext_lazy("黄灯")),
    "off_track": ("red", "square-x", gettext_lazy("红灯")),
    "no_data": ("grey", "circle-dashed", gettext_lazy("未亮灯")),
}


@register.simple_tag
def light_badge(state: str) -> SafeString:
    """A measure's light by colour, icon and word."""
    colour, icon, word = LIGHTS.get(str(state), LIGHTS["no_data"])
    return format_html(
        '<span class="qq-status qq-status-{}"><i class="ti ti-{}" aria-hidden="true"></i>{}</span>', colour, icon, word
    )


@register.filter
def light_word(state: str) -> str:
    return str(LIGHTS.get(str(state), LIGHTS["no_data"])[2])


@register.simple_tag
def state_dots(targets: Iterable[TargetStatus]) -> SafeString | str:
    """How many of a measure's targets are in each state: icon and number, the word for those who do not see
    it.
    """
    counted = Counter(str(one.state) for one in targets)
    if not counted:
        return DASH
    return format_html_join(
        " ",
        '<span class="plan-dot qq-status qq-status-{}" title="{}"><i class="ti ti-{}" aria-hidden="true"></i>'
        '<span class="visually-hidden">{}</span>{}</span>',
        (
            (STATUSES[state][0], status_word(state), STATUSES[state][1], status_word(state), counted[state])
            for state in STATUSES
            if counted[state]
        ),
    )


@register.simple_tag(takes_context=True)
def goal(context: Context, one: TargetStatus) -> SafeString:
    """The target as written: sign, value or range, unit. Below the plan's own area a target without value has
    not been divided yet.
    """
    if one.target is None:
        plan, area = context.get("plan"), context.get("shown_area")
        own = plan is None or area is None or plan.area_id == area.pk
        return format_html('<span class="qq-note">{}</span>', _("待下达") if own else _("未分解"))
    decimals = 0 if float(one.target).is_integer() else None
    if one.target_max is not None:
        amount = f"{quantity(one.target, decimals)}—{quantity(one.target_max, decimals)}"
    else:
        amount = f"{SIGNS.get(one.comparator, '')}{quantity(one.target, decimals)}"
    return format_html("{}<small>{}</small>", amount, one.unit)


def _value_url(one: TargetStatus, area: Any) -> str:
    current = one.verdict.current
    if current is None or not one.indicator_code or area is None:
        return ""
    return explain_url(one.indicator_code, area.code, current.period.code)


@register.simple_tag(takes_context=True)
def opened(context: Context, one: TargetStatus) -> SafeString | str:
    """The value as a link that opens it; a dash without one."""
    if one.value is None:
        return DASH
    url = _value_url(one, context.get("shown_area"))
    text = quantity(one.value, one.decimals)
    return format_html('<a class="plan-open" href="{}" title="{}">{}</a>', url, _("打开这个数"), text) if url else text


@register.simple_tag
def explain_link(one: TargetStatus, area: Any) -> str:
    return _value_url(one, area)


@register.simple_tag
def explain_at(code: str, area: Any, period: Period) -> str:
    return explain_url(code, area.code, period.code)


@register.simple_tag
def chance(value: float | None) -> str:
    """A chance as a percentage: 0 and 100 only where bounds make it certain."""
    return DASH if value is None else f"{percent(value)}%"


@register.simple_tag
def chance_label(one: TargetStatus) -> str:
    """Of what the chance is."""
    if one.kind == TargetKind.YEARLY or (
        one.verdict.path is not None and one.verdict.path.shape == "yearly" and one.verdict.years
    ):
        return _("%(year)s年达到的概率") % {"year": one.year}
    if one.verdict.reached:
        return _("保持到%(year)s年末的概率") % {"year": one.year}
    return _("达到目标的概率")


@register.simple_tag
def lag(value: float) -> str:
    """How far behind the path, in words."""
    return _("落后%(percent)s%%") % {"percent": number(tenths(value), 1)} if value > 1e-9 else _("不落后")


@register.simple_tag
def beside(one: TargetStatus) -> SafeString | str:
    """The newest value of the other sort, which decided nothing: what is simulated beside what is published,
    and the other way round.
    """
    if one.beside is None:
        return ""
    said = _("对照") if one.beside.simulated else _("发布数据")
    mark = simulated_mark(one.beside.simulated)
    value = quantity(one.beside.value, one.decimals)
    return format_html(
        '<div class="qq-note plan-beside">{}：{} <span class="text-nowrap">{}<small>{}</small></span> {}</div>',
        said, one.beside.period.label, value, one.unit, mark,
    )  # fmt: skip


@register.simple_tag
def expected(one: TargetStatus) -> SafeString | str:
    """What the running year is expected to end with where that is what is judged, with its interval and the
    months it rests on.
    """
    found = one.expected
    if found is None or not one.verdict.by_expected:
        return ""
    low, high = (quantity(value, one.decimals) for value in (found.forecast.low, found.forecast.high))
    said = _("%(year)s年预计") % {"year": found.period.year}
    basis = _("按%(basis)s") % {"basis": found.basis.label}
    return format_html(
        '<div class="qq-note plan-beside plan-expected" title="{}">{} <span class="text-nowrap">{}</span> '
        '<span class="text-nowrap">({}–{})</span> <span class="text-nowrap">{}</span> {}</div>',
        found.method, said, quantity(found.value, one.decimals), low, high, basis, simulated_mark(found.simulated),
    )  # fmt: skip


@register.simple_tag
def rate(value: float | None, one: TargetStatus) -> str:
    """A run rate per year: % where the target's path is compound, else in its unit."""
    if value is None:
        return DASH
    if one.verdict.rate_in_percent:
        return f"{quantity(value, 1)}%"
    per_year = _("/年")
    return with_unit(quantity(value, max(one.decimals, 1)), difference_unit(one.unit)) + per_year


@register.simple_tag
def bar(share: float) -> SafeString:
    """A share (%) as a bar, decoration beside its number."""
    return format_html(
        '<progress class="plan-bar" max="100" value="{}" aria-hidden="true"></progress>', f"{max(share, 0):.1f}"
    )


@register.simple_tag(takes_context=True)
def unit_link(context: Context, unit: Any) -> SafeString | str:
    """A unit's name, as a link for those whose area holds it."""
    request = context["request"]
    if not hasattr(request, "plan_area_paths"):
        request.plan_area_paths = dict(Area.objects.values_list("pk", "path"))
    name = unit.short_name or unit.name
    if covers(request.user, request.plan_area_paths.get(unit.area_id, "")):
        return format_html('<a href="{}" title="{}">{}</a>', reverse("plan-unit", args=[unit.code]), unit.name, name)
    return format_html('<span title="{}">{}</span>', unit.name, name)


# ---------------------------------------------------------------- compiled items


@register.filter
def percent_sure(confidence: float) -> int:
    """The compiler's confidence in whole percent."""
    return round(confidence * 100)


@register.filter
def plain(value: Any) -> str:
    """A number as one types it: no separators, no trailing zeros; "" for None. Text that was typed wrongly
    stays as it is.
    """
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:.12g}"


@register.simple_tag
def stated(item: CompiledItem) -> str:
    """What a compiled target says: "≥2,800亿元 · 2033年 · 水平"; what is striven for is named so."""
    data = item.data
    value, most, unit, year = (data.get(name) for name in ("value", "value_max", "unit", "year"))
    if not isinstance(value, (int, float)):
        amount = str(_("待下达"))
    elif isinstance(most, (int, float)):
        amount = f"{quantity(value)}—{quantity(most)}{unit or ''}"
    else:
        amount = f"{SIGNS.get(str(data.get('comparator')), '')}{quantity(value)}{unit or ''}"
    parts = [
        amount,
        _("%(year)s年") % {"year": year} if year else _("年份未写明"),
        str(dict(TargetKind.choices).get(str(data.get("kind")), "")),
        str(Effort.STRIVE.label) if data.get("effort") == Effort.STRIVE else "",
    ]
    return " · ".join(part for part in parts if part)


@register.simple_tag
def item_opened(item: CompiledItem) -> SafeString:
    """The hidden field of a form that decides on ``item``: how it stood when the form was opened."""
    return format_html('<input type="hidden" name="opened" value="{}">', versions.token(standing(item)))
