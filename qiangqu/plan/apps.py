import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig


class PlanConfig(AppConfig):
    name = "qiangqu.plan"
    label = "plan"
    verbose_name = "计划"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from qiangqu.base import jobs
        from qiangqu.cases.contracts import declare
        from qiangqu.messaging.notify import name_topics
        from qiangqu.registry.roles import Action
        from qiangqu.ui import menu, search

        from . import alarms
        from .contract import CONTRACT

        declare(CONTRACT)
        alarms.register(alarms.of_plan)
        name_topics({"plan": _("计划")})
        jobs.register("plan-supervision", dt.timedelta(days=1), _supervision, at=dt.time(8, 0))
        search.register("plan", _find, 10)
        menu.register(
            menu.MenuItem("总览", _("驾驶舱"), "cockpit", 10, Action.VIEW_PLAN),
            menu.MenuItem("计划", _("目标"), "plan-targets", 10, Action.VIEW_PLAN, ("plan-target",)),
            menu.MenuItem("计划", _("举措"), "plan-measures", 20, Action.VIEW_PLAN, ("plan-measure",)),
            menu.MenuItem("计划", _("责任单位"), "plan-units", 30, Action.VIEW_PLAN, ("plan-unit",)),
            menu.MenuItem("计划", _("督办事项"), "plan-supervision", 32, Action.VIEW_PLAN),
            menu.MenuItem("计划", _("单位积分"), "plan-scoreboard", 33, Action.VIEW_PLAN),
            menu.MenuItem("计划", _("进展通报"), "plan-briefing", 35, Action.VIEW_PLAN),
            menu.MenuItem(
                "计划", _("计划文件"), "plan-documents", 40, Action.EDIT_PLAN, ("plan-document", "plan-item")
            ),
        )


def _supervision(now: dt.datetime) -> str:
    from .supervision import keep_moving

    return keep_moving(now)


def _find(text: str, user: Any, limit: int) -> Iterable[Any]:
    """Targets and measures by name or code, plans by document number."""
    from django.db.models import Q
    from django.urls import reverse
    from django.utils.translation import gettext as _

    from qiangqu.ui.search import Hit

    from .models import Measure, Target

    if getattr(user, "speaks_for_organisation", True):
        return
    targets = Target.objects.filter(
        Q(name__contains=text) | Q(code__iexact=text) | Q(plan__document_number__contains=text)
    )
    for target in targets.select_related("plan")[:limit]:
        yield Hit(
            _("目标"), target.name, f"{target.code} · {target.plan.name}", reverse("plan-target", args=[target.code])
        )
    for measure in Measure.objects.filter(title__contains=text).select_related("plan")[:limit]:
        yield Hit(_("举措"), measure.title, measure.plan.name, reverse("plan-measure", args=[measure.no]))
