"""Indicators in the site's search, and what an element is used by."""

import re
from collections.abc import Iterable
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from qiangqu.base.visibility import reach
from qiangqu.facts.uses import Use
from qiangqu.registry.roles import Action
from qiangqu.ui.search import Hit

from .browse import search
from .models import Indicator


def find(text: str, user: Any, limit: int) -> Iterable[Any]:
    """Indicators by name or code."""
    if not reach(user, Action.VIEW_PLAN):
        return
    for one in search(text)[:limit]:
        yield Hit(_("指标"), one.name, f"{one.code} · {one.unit}", reverse("indicator-detail", args=[one.code]))


def uses(element: Any, user: Any) -> Iterable[Any]:
    """The indicators whose formula names an element."""
    if not reach(user, Action.VIEW_PLAN):
        return
    named = re.compile(rf"(?<![\w]){re.escape(element.code)}(?![\w])")
    for one in Indicator.objects.filter(formula__contains=element.code).order_by("code"):
        if not named.search(one.formula):
            continue
        try:
            yield Use(_("指标"), one.name, reverse("indicator-detail", args=[one.code]))
        except NoReverseMatch:
            return
