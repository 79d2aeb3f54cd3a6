from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig


class FormulasConfig(AppConfig):
    name = "qiangqu.formulas"
    label = "formulas"
    verbose_name = "指标公式"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from qiangqu.facts import uses
        from qiangqu.facts.signals import facts_added
        from qiangqu.registry import audit
        from qiangqu.registry.roles import Action
        from qiangqu.ui import menu, search

        from .refresh import after_facts

        facts_added.connect(after_facts, dispatch_uid="formulas.refresh")
        audit.name_actions({"indicator_created": _("新建指标"), "indicator_changed": _("修改指标")})
        menu.register(
            menu.MenuItem(
                "数据",
                _("指标"),
                "indicators",
                10,
                Action.VIEW_PLAN,
                ("indicator-detail", "indicator-explain", "indicator-edit", "indicator-new"),
            )
        )
        search.register("indicators", _find, 20)
        uses.register("indicators", _uses)


def _find(text: str, user: Any, limit: int) -> Iterable[Any]:
    """Indicators by name or code."""
    from django.urls import reverse
    from django.utils.translation import gettext as _

    from qiangqu.ui.search import Hit

    from .browse import search

    if getattr(user, "speaks_for_organisation", True):
        return
    for one in search(text)[:limit]:
        yield Hit(_("指标"), one.name, f"{one.code} · {one.unit}", reverse("indicator-detail", args=[one.code]))


def _uses(element: Any, user: Any) -> Iterable[Any]:
    """The indicators whose formula names an element."""
    import re

    from django.urls import NoReverseMatch, reverse
    from django.utils.translation import gettext as _

    from qiangqu.facts.uses import Use
    from qiangqu.registry.roles import Action, may

    from .models import Indicator

    if not may(user, Action.VIEW_PLAN) or user.speaks_for_organisation:
        return
    named = re.compile(rf"(?<![\w]){re.escape(element.code)}(?![\w])")
    for one in Indicator.objects.filter(formula__contains=element.code).order_by("code"):
        if not named.search(one.formula):
            continue
        try:
            yield Use(_("指标"), one.name, reverse("indicator-detail", args=[one.code]))
        except NoReverseMatch:
            return
