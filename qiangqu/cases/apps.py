import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "qiangqu.cases"
    label = "cases"
    verbose_name = "办件"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from qiangqu.base import jobs
        from qiangqu.messaging.notify import name_topics
        from qiangqu.registry import audit
        from qiangqu.registry.roles import Action
        from qiangqu.ui import menu, search

        # SpiffWorkflow tells every change of state at INFO
        logging.getLogger("spiff").setLevel(logging.WARNING)
        search.register("cases", _find, 15)
        name_topics({"cases": _("办件")})
        jobs.register("cases-timers", dt.timedelta(seconds=5), _timers)
        jobs.register("cases-lights", dt.timedelta(days=1), _lights, at=dt.time(0, 5))
        menu.register(
            menu.MenuItem(
                "总览",
                _("我的办件"),
                "cases-work",
                40,
                Action.HANDLE_CASES,
                ("cases-case", "cases-act", "cases-identity"),
            ),
            menu.MenuItem("总览", _("发起办件"), "cases-start", 41, Action.HANDLE_CASES, ("cases-start-form",)),
            menu.MenuItem("总览", _("办件统计"), "cases-statistics", 42, Action.VIEW_CASES),
            menu.MenuItem(
                "系统", _("事项种类"), "cases-kinds", 60, Action.EDIT_CASE_KINDS, ("cases-kind", "cases-kind-edit")
            ),
            menu.MenuItem("系统", _("工作日历"), "cases-workdays", 61, Action.EDIT_CASE_KINDS),
        )
        audit.name_actions(
            {
                "case_opened": _("发起办件"),
                "case_claimed": _("签收"),
                "case_put_back": _("放回待签收"),
                "case_assigned": _("指派"),
                "case_delegated": _("转办"),
                "case_step_done": _("办结步骤"),
                "case_returned": _("退回"),
                "case_taken_back": _("撤回步骤"),
                "case_withdrawn": _("撤回办件"),
                "case_opinion": _("添加意见"),
                "case_countersign_asked": _("发起会签"),
                "case_countersigned": _("答复会签"),
                "case_countersign_recalled": _("撤销会签"),
                "case_urged": _("催办"),
                "case_identity_seen": _("查看身份信息"),
                "case_suspended": _("暂停计时"),
                "case_resumed": _("恢复计时"),
                "case_deadline_moved": _("期限调整"),
                "case_light": _("红黄绿变化"),
                "case_timer_process": _("流程定时到期"),
                "case_timer_remind": _("临期提醒"),
                "case_timer_overdue": _("超期升级"),
                "case_timer_case": _("办件超期"),
                "case_kind_created": _("新建事项种类"),
                "case_kind_changed": _("修改事项种类"),
                "calendar_changed": _("调整工作日历"),
            }
        )


def _find(text: str, user: Any, limit: int) -> Iterable[Any]:
    """Cases by number or title."""
    from django.db.models import Q
    from django.urls import reverse
    from django.utils.translation import gettext

    from qiangqu.ui.search import Hit

    from .people import visible_cases

    found = visible_cases(user).filter(Q(number__startswith=text.upper()) | Q(title__contains=text))
    for case in found.select_related("kind").defer("state", "data").order_by("-id")[:limit]:
        yield Hit(
            gettext("办件"), case.title, f"{case.number} · {case.kind.name}", reverse("cases-case", args=[case.number])
        )


def _timers(now: dt.datetime) -> str:
    from .timers import work_off_due_timers

    worked = work_off_due_timers(now)
    return f"处理 {worked.done} 个，未能处理 {worked.failed} 个" if worked.done or worked.failed else ""


def _lights(now: dt.datetime) -> str:
    from .timers import refresh_lights

    changed = refresh_lights(now)
    return f"{changed} 件变色" if changed else ""
