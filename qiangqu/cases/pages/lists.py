"""Work lists 待办 在办 已办 我发起 督办 全部, and their Excel."""

from io import BytesIO
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from qiangqu.base.errors import InputError
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui.spreadsheets import write_xlsx

from .. import listing
from ..models import CaseStatus, Light
from .common import XLSX, download, narrowed

PER_PAGE = 30
WORDS = {
    "todo": gettext_lazy("待办"),
    "doing": gettext_lazy("在办"),
    "done": gettext_lazy("已办"),
    "mine": gettext_lazy("我发起"),
    "watch": gettext_lazy("督办"),
    "all": gettext_lazy("全部"),
}
NOTES = {
    "todo": gettext_lazy("到了您岗位、还没有人签收的步骤，和交给您、您还没有签收的步骤。"),
    "doing": gettext_lazy("您已签收、还没有办结的步骤。"),
    "done": gettext_lazy("您办结过的步骤。"),
    "mine": gettext_lazy("您发起的办件。"),
    "watch": gettext_lazy("您辖区里预警和超期的办件。"),
    "all": gettext_lazy("您能看到的全部办件。"),
}


@require_GET
@require(Action.HANDLE_CASES)
def work(request: HttpRequest) -> HttpResponse:
    """One of the lists (``?list=``), 30 lines a page."""
    user: Any = request.user
    wanted = listing.wanted_of(request.GET, user)
    found = listing.find(user, wanted, narrowed(request))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    lines = list(listing.rows(page))
    context = {
        "wanted": wanted,
        "paging": page,
        "lines": lines,
        "tabs": [(key, WORDS[key]) for key in listing.lists_of(user)],
        "counts": listing.counts(user),
        "note": NOTES[wanted.which],
        "owed": list(listing.owed(user)[:50]) if wanted.which == "todo" else [],
        "kinds": listing.kinds_in_use(),
        "statuses": CaseStatus.choices,
        "lights": Light.choices,
        "sorts": [("due", _("期限")), ("new", _("最新")), ("old", _("最早"))],
        "by_step": wanted.which in listing.STEP_LISTS,
        "today": timezone.localdate(),
        "simulated": any(line.case.simulated for line in lines),
        "filtered": any(request.GET.get(key) for key in ("q", "kind", "status", "light", "late", "sort")),
    }
    return render(request, "cases/work.html", context)


@require_GET
@require(Action.HANDLE_CASES)
def work_xlsx(request: HttpRequest) -> HttpResponse:
    """The same list as Excel. Raises InputError when it holds more rows than a person can use."""
    user: Any = request.user
    wanted = listing.wanted_of(request.GET, user)
    found = listing.find(user, wanted, narrowed(request))
    if (count := found.count()) > listing.MOST_ROWS:
        raise InputError(
            _("有 %(count)s 行，超过 %(most)s 行；请先筛选") % {"count": count, "most": listing.MOST_ROWS},
            where="Excel",
        )
    out = BytesIO()
    header = [
        _("编号"), _("标题"), _("事项"), _("区域"), _("申请单位"), _("状态"), _("红黄绿"), _("步骤"), _("经办人"), _("发起时间"),
        _("步骤期限"), _("办结期限"), _("办结时间"), _("模拟数据"),
    ]  # fmt: skip
    write_xlsx(out, str(WORDS[wanted.which]), header, (_cells(line) for line in listing.rows(found)), [18, 40, 16])
    name = f"{WORDS[wanted.which]}-{timezone.localdate():%Y%m%d}.xlsx"
    return download(out.getvalue(), name, XLSX)


def _cells(line: listing.Row) -> list[Any]:
    case, step = line.case, line.step
    names = "、".join(one.name for one in line.waiting)
    people = "、".join(str(one.assignee) for one in line.waiting if one.assignee)
    due = step.due_on if step else min((one.due_on for one in line.waiting if one.due_on), default=None)
    closed = step.done_at if step and step.done_at else case.closed_at
    return [
        case.number, case.title, case.kind.name, case.area.short_name, case.organisation.name if case.organisation else "",
        case.get_status_display(), case.get_light_display(), names, people, timezone.localtime(case.opened_at).replace(tzinfo=None),
        due, case.due_on, timezone.localtime(closed).replace(tzinfo=None) if closed else None,
        _("模拟数据") if case.simulated else "",
    ]  # fmt: skip
