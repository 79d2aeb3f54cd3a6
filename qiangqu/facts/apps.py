import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FactsConfig(AppConfig):
    name = "qiangqu.facts"
    label = "facts"
    verbose_name = "事实"

    def ready(self) -> None:
        from qiangqu.base import jobs
        from qiangqu.messaging.notify import name_topics
        from qiangqu.registry import audit
        from qiangqu.registry.roles import Action
        from qiangqu.ui import attention, menu, search
        from qiangqu.ui.background import job_ended

        job_ended.connect(_tell_of_import, dispatch_uid="facts")
        name_topics({"reports": _("报表填报"), "imports": _("导入")})
        jobs.register("facts-reports", dt.timedelta(days=1), _ask_for_reports, at=dt.time(8, 30))
        attention.register("reports", _overdue_reports)
        attention.register_counter("facts-reports-counter", Action.VIEW)
        audit.name_actions(
            {
                "facts_added": _("录入事实"),
                "facts_uploaded": _("上传导入文件"),
                "facts_confirmed": _("确认导入"),
                "facts_dropped": _("放弃导入"),
                "report_saved": _("保存填报草稿"),
                "report_submitted": _("提交填报"),
                "report_returned": _("退回填报"),
                "report_approved": _("填报入库"),
                "report_reopened": _("更正填报"),
            }
        )
        search.register("facts", _find, 60)
        jobs.register("facts-imports", dt.timedelta(minutes=1), _take_up, long=True)
        menu.register(
            menu.MenuItem("数据", _("统计要素"), "facts-elements", 10, Action.VIEW, ("facts-element",)),
            menu.MenuItem("数据", _("事实"), "facts", 20, Action.VIEW, ("facts-fact",)),
            menu.MenuItem("数据", _("报表填报"), "facts-reports", 30, Action.VIEW, ("facts-report", "facts-form")),
            menu.MenuItem("数据", _("导入"), "facts-imports", 40, Action.IMPORT_FACTS, ("facts-import",)),
            menu.MenuItem("数据", _("批次"), "facts-batches", 50, Action.VIEW, ("facts-batch",)),
            menu.MenuItem("数据", _("来源"), "facts-sources", 60, Action.VIEW, ("facts-source",)),
        )


def _take_up(_now: dt.datetime) -> str:
    """Import jobs whose process was stopped go on."""
    from .jobs import WORK

    count = WORK.take_up()
    return f"{count} 个导入任务" if count else ""


def _tell_of_import(job: Any, status: str, error: str, **_more: Any) -> None:
    from .telling import import_ended

    import_ended(job, status, error)


def _ask_for_reports(now: Any) -> str:
    from .owed import ask_for_reports

    return ask_for_reports(now)


def _overdue_reports(user: Any, area: Any, day: Any) -> Iterable[Any]:
    from .owed import alerts

    return alerts(user, area, day)


def _find(text: str, user: Any, limit: int) -> Iterable[Any]:
    """Elements by name or code, sources by title."""
    from django.db.models import Q
    from django.urls import reverse
    from django.utils.translation import gettext

    from qiangqu.ui.search import Hit

    from .models import Element, Source

    for element in Element.objects.filter(Q(name__contains=text) | Q(code__iexact=text))[:limit]:
        yield Hit(
            gettext("统计要素"),
            element.name,
            f"{element.code} · {element.unit}",
            reverse("facts-element", args=[element.code]),
        )
    for source in Source.objects.filter(title__contains=text)[:limit]:
        yield Hit(gettext("来源"), source.title, source.published_on, reverse("facts-source", args=[source.pk]))
