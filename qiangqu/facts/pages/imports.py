"""Importing a file: upload, check with progress, preview, confirmation."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists
from qiangqu.ui.background import RUNNING
from qiangqu.ui.files import workbook
from qiangqu.ui.uploads import check, one_given

from .. import jobs
from ..listing import IMPORTS
from ..models import Element, ImportJob, JobStatus
from ..parsing import MAX_LISTED, MAX_ROWS

SHOWN = 200
TEMPLATE = ("要素", "区域", "单位名称", "时期", "数值", "计量单位", "来源标题", "来源网址", "发布日期", "备注", "取用")


@require_http_methods(["GET", "POST"])
@require(Action.IMPORT_FACTS)
def imports(request: HttpRequest) -> HttpResponse:
    """The upload form and the user's own import jobs."""
    error = ""
    if request.method == "POST":
        try:
            job = jobs.receive(check(one_given(request, "file"), jobs.TAKES), request.user)  # type: ignore[arg-type]
        except InputError as fault:
            error = str(fault)
        else:
            jobs.start(job)
            return redirect("facts-import", token=job.token)
    context = {"error": error, "max_mb": jobs.TAKES.size >> 20, "max_rows": MAX_ROWS}
    return lists.show(request, IMPORTS, context, status=422 if error else 200)


@require_GET
@require(Action.IMPORT_FACTS)
def import_job(request: HttpRequest, token: Any) -> HttpResponse:
    """One job: progress while it is worked on, then the preview or the outcome."""
    job = jobs.look_after(jobs.job_of(request.user, token))
    return render(request, "facts/import.html", job_view(job))


def job_view(job: ImportJob) -> dict[str, Any]:
    preview = job.preview or {}
    return {
        "job": job,
        "running": job.status in RUNNING,
        "preview": preview,
        "bad": preview.get("bad", [])[:SHOWN],
        "bad_more": max(0, preview.get("bad_count", 0) - SHOWN),
        "changes": preview.get("changes", []),
        "changes_more": max(0, preview.get("new", 0) + preview.get("corrections", 0) - len(preview.get("changes", []))),
    }


@require_GET
@require(Action.IMPORT_FACTS)
def import_progress(request: HttpRequest, token: Any) -> HttpResponse:
    """The moving part of a job's page, asked for every second; the whole page comes again when the work has
    ended.
    """
    job = jobs.look_after(jobs.job_of(request.user, token))
    response = render(request, "facts/import_progress.html", job_view(job))
    if job.status not in RUNNING:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@require(Action.IMPORT_FACTS)
def import_confirm(request: HttpRequest, token: Any) -> HttpResponse:
    """Import what the preview showed."""
    job = jobs.job_of(request.user, token)
    jobs.confirm(job, request.POST.get("sha256", ""))
    if job.status == JobStatus.CONFIRMED:
        jobs.start(job)
    return redirect("facts-import", token=job.token)


@require_POST
@require(Action.IMPORT_FACTS)
def import_drop(request: HttpRequest, token: Any) -> HttpResponse:
    """Give a job up."""
    jobs.drop(jobs.job_of(request.user, token))
    return redirect("facts-imports")


@require_GET
@require(Action.IMPORT_FACTS)
def import_bad_rows(request: HttpRequest, token: Any) -> HttpResponse:
    """The bad rows as a workbook, to be corrected beside the file."""
    job = jobs.job_of(request.user, token)
    bad = (job.preview or {}).get("bad", [])
    if not bad:
        raise NotFoundError(_("这个任务没有有误的行"))
    rows: list[list[Any]] = [[one["row"], one["text"], one["reason"]] for one in bad]
    if job.preview["bad_count"] > len(rows):
        more = _("共 %(count)s 行有误，只列出前 %(listed)s 行") % {
            "count": job.preview["bad_count"],
            "listed": MAX_LISTED,
        }
        rows.append([None, "", more])
    return workbook(
        f"{_('有误的行')}-{job.file_name.rsplit('.', 1)[0][:60]}.xlsx",
        _("有误的行"),
        [_("行"), _("内容"), _("原因")],
        rows,
        [8, 60, 60],
    )


@require_GET
@require(Action.IMPORT_FACTS)
def template(request: HttpRequest) -> HttpResponse:
    """An empty workbook with the headings (Chinese in either language: the importer reads them)."""
    return workbook(f"{_('事实导入模板')}.xlsx", "事实", TEMPLATE, [], [24, 20, 28, 14, 14, 12, 36, 36, 14, 24, 8])


@require_GET
@require(Action.IMPORT_FACTS)
def element_list(request: HttpRequest) -> HttpResponse:
    """All elements as a workbook: what may stand in the first column and in which units."""
    rows = [[e.name, e.code, e.unit, str(e.get_kind_display()), e.definition, e.source] for e in Element.objects.all()]
    header = [_("名称"), _("代码"), _("单位"), _("性质"), _("指标解释"), _("制度依据")]
    return workbook(f"{_('统计要素')}.xlsx", _("统计要素"), header, rows, [28, 28, 14, 8, 60, 40])
