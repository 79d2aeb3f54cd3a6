"""How cases look on pages."""

import datetime as dt
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qiangqu.cases.models import CaseStatus, Light

register = template.Library()

LIGHTS = {
    Light.GREEN: ("green", "circle-dot"),
    Light.YELLOW: ("amber", "alert-triangle"),
    Light.RED: ("red", "square-x"),
}
STATUSES = {
    CaseStatus.OPEN: ("blue", "progress"),
    CaseStatus.SUSPENDED: ("amber", "player-pause"),
    CaseStatus.CLOSED: ("green", "circle-check"),
    CaseStatus.WITHDRAWN: ("grey", "arrow-back-up"),
}


@register.simple_tag
def case_badge(case: Any) -> SafeString:
    """Where a case stands: while it runs its light, else its status; by colour, icon and word."""
    if case.status == CaseStatus.OPEN:
        colour, icon = LIGHTS.get(case.light, ("grey", "circle-dashed"))
        word = case.get_light_display()
    else:
        colour, icon = STATUSES.get(case.status, ("grey", "circle-dashed"))
        word = case.get_status_display()
    return format_html(
        '<span class="qq-status qq-status-{}"><i class="ti ti-{}" aria-hidden="true"></i>{}</span>', colour, icon, word
    )


@register.simple_tag
def due(day: dt.date | None) -> SafeString | str:
    """A deadline with how far off it is in words."""
    if day is None:
        return "—"
    left = (day - timezone.localdate()).days
    if left < 0:
        return format_html(
            '<span class="qq-due is-late">{} {}</span>', f"{day:%Y-%m-%d}", _("已过 %(n)s 天") % {"n": -left}
        )
    word = _("今天") if left == 0 else _("还有 %(n)s 天") % {"n": left}
    return format_html('<span class="qq-due{}">{} {}</span>', " is-near" if left <= 1 else "", f"{day:%Y-%m-%d}", word)


@register.simple_tag
def desk_of(step: Any) -> str:
    """Who is to do a step: the person, else the desk."""
    if step.assignee:
        return str(step.assignee)
    if step.for_public:
        return _("当事人")
    if step.desk_organisation:
        return str(step.desk_organisation.name)
    where = step.desk_area.short_name if step.desk_area else ""
    return f"{where} {step.get_desk_role_display()}".strip() or "—"
