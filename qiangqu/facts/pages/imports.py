"""Importing a file: upload, check with progress, preview, confirmation."""

import io
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.registry.access import require
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.ui import lists
from qiangqu.ui.background import RUNNING
from qiangqu.ui.files import download, workbook
from qiangqu.ui.formpage import form_page
from qiangqu.ui.spreadsheets import FIGURES, Asked, write_returned, write_template
from qiangqu.ui.uploads import check, one_given

from .. import jobs
from ..listing import IMPORTS
from ..models import Element, ImportJob, JobStatus
from ..parsing import MAX_ROWS, is_heading

SHOWN = 200


@require_http_methods(["GET", "POST"])
@require(Action.IMPORT_FACTS)
def imports(request: HttpRequest) -> HttpResponse:
    """The upload form and the user's own import jobs."""

    def act() -> HttpResponse:
        job = jobs.receive(check(one_given(request, "file"), jobs.TAKES), request.user)  # type: ignore[arg-type]
        jobs.start(job)
        return redirect("facts-import", token=job.token)

    context = {"max_mb": jobs.TAKES.size >> 20, "max_rows": MAX_ROWS}
    return form_page(request, IMPORTS, act, lambda: context, show=lists.show)


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
    """The file with what is wrong beside each row, to be corrected and sent again."""
    job = jobs.job_of(request.user, token)
    bad = {one["row"]: one["reason"] for one in (job.preview or {}).get("bad", [])}
    if not bad:
        raise NotFoundError(_("这个任务没有有误的行"))
    out = io.BytesIO()
    write_returned(out, jobs.kept_file(job), FIGURES, is_heading, bad, job.preview["rows"])
    return download(out.getvalue(), _("待改正-%(name)s.xlsx") % {"name": job.file_name.rsplit(".", 1)[0][:60]})


@require_GET
@require(Action.IMPORT_FACTS)
def template(request: HttpRequest) -> HttpResponse:
    """A workbook to be filled in: headings (Chinese in either language: the importer reads them), an example,
    drop-downs and what each column means.
    """
    user: Any = request.user
    elements = list(Element.objects.order_by("name"))
    units = list(dict.fromkeys(one.unit for one in elements if one.unit))
    areas = list(visible(Area.objects.order_by("path"), user, Action.IMPORT_FACTS).values_list("name", flat=True))
    shown = elements[0] if elements else None
    columns = (
        Asked("要素", _("统计要素的名称或代码；从下拉里选，全部要素和解释见“要素清单”。"), True,
              [one.name for one in elements], shown.name if shown else "", 28),
        Asked("区域", _("数据所属的区域，名称或代码。填了单位名称时可以不填。"), True, areas, areas[0] if areas else "", 22),
        Asked("单位名称", _("单位的数据填单位名称、代码或统一社会信用代码；区域自己的数据留空。"), width=28),
        Asked("时期", _("2026年、2026年3月、2026年1季度，或 2026、2026-03、2026Q1。"), True, (), "2026年3月", 14),
        Asked("数值", _("只填数字；没有数据就留空，不要填 0。单位可以写在“计量单位”一列。"), True, (), "1234.5", 14),
        Asked("计量单位", _("与要素同类的单位都可以，导入时换算；留空就是要素自己的单位。"), False, units,
              shown.unit if shown else "", 12),
        Asked("来源标题", _("已公布的数填发布它的文件或公报；本单位自己的统计可留空。"), width=36),
        Asked("来源网址", _("以 http:// 或 https:// 开头。"), width=36),
        Asked("发布日期", _("来源发布的日期，如 2026-03-15；填了它就要填来源标题。"), width=14),
        Asked("备注", _("不超过 300 字。"), width=24),
        Asked("取用", _("几个来源的数不同时以哪个为准：填“是”的优先，“否”的不用，通常留空。"), False, ("是", "否"), width=8),
    )  # fmt: skip
    out = io.BytesIO()
    write_template(out, "事实", columns)
    return download(out.getvalue(), f"{_('事实导入模板')}.xlsx")


@require_GET
@require(Action.IMPORT_FACTS)
def element_list(request: HttpRequest) -> HttpResponse:
    """All elements as a workbook: what may stand in the first column and in which units."""
    rows = [[e.name, e.code, e.unit, str(e.get_kind_display()), e.definition, e.source] for e in Element.objects.all()]
    header = [_("名称"), _("代码"), _("单位"), _("性质"), _("指标解释"), _("制度依据")]
    return workbook(f"{_('统计要素')}.xlsx", _("统计要素"), header, rows, [28, 28, 14, 8, 60, 40])
