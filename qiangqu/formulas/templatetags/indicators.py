"""How the indicators' pages write periods, bases and addresses of opened values."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.periods import parse_period
from qiangqu.registry.subjects import AREA
from qiangqu.ui.templatetags.quantities import DASH, quantity

from ..models import Basis

register = template.Library()


@register.simple_tag
def open_url(code: str, area: str, period: str, of: str = AREA.code, **more: Any) -> str:
    """Address of an opened value; ``area`` is the code of a record of the register ``of``, where it is
    given.
    """
    given = {"area" if of == AREA.code else "record": area, "period": period} | {
        name: value for name, value in more.items() if value not in (None, "")
    }
    return f"{reverse('indicator-explain', args=[code])}?{urlencode(given)}"


@register.simple_tag
def opened_value(
    code: str, area: str, period: str, value: float | None, decimals: int | None, reason: str = ""
) -> SafeString:
    """A value as a link that opens it; a dash with its reason when there is none."""
    if value is None:
        return format_html('<span title="{}">{}</span>', reason or _("没有数据"), DASH)
    return format_html('<a class="ind-open" href="{}">{}</a>', open_url(code, area, period), quantity(value, decimals))


@register.filter
def period_label(code: str) -> str:
    """``2024-01/2024-06`` as people write it."""
    try:
        return parse_period(code).label
    except InputError:
        return code


@register.filter
def basis_word(basis: str) -> str:
    return str(dict(Basis.choices).get(basis, "")) if basis else ""


@register.simple_tag
def fact_url(ref: str) -> str:
    """Address of a fact's page; "" where this site has none."""
    try:
        return reverse("facts-fact", args=[ref])
    except NoReverseMatch:
        return ""
