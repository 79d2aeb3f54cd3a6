"""JSON of facts under ``/api/v1/facts/``: what the pages show, with the same scope; importing and reporting
by programs.
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import File, Query, Router, Schema, UploadedFile
from ninja.errors import HttpError

from qiangqu.base.errors import ConflictError
from qiangqu.base.periods import parse_period
from qiangqu.base.visibility import is_own_only
from qiangqu.registry.access import area_chosen, area_in_scope
from qiangqu.registry.roles import Action, may
from qiangqu.ui.lists import asked_for, narrowed
from qiangqu.ui.uploads import Upload, check

from . import jobs, reporting, subjects
from . import schemas as s
from .browse import MAX_SIZE, Wanted, find
from .ids import is_old, read_ref
from .listing import BATCHES, ELEMENTS, SOURCES
from .models import JobStatus, Report, ReportStatus
from .queries import element_by_code, element_view, fact_view, report_seen, reporter, rows_of, search, source_by_id
from .scope import batch_for, fact_for, facts_in, old_fact
from .withdrawing import consequences, may_withdraw, withdraw

router = Router()


def _user(request: HttpRequest, action: Action = Action.VIEW) -> Any:
    if not may(request.user, action):
        raise HttpError(403, "您的角色不能这样做")
    return request.user


# ---------------------------------------------------------------- elements and facts


@router.get("/elements", response=s.ElementPage, summary="统计要素", operation_id="facts_elements")
def list_elements(
    request: HttpRequest,
    q: str = "",
    nature: str = "",
    limit: int = Query(100, ge=1, le=MAX_SIZE),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    """按名称、代码、解释（``q``）和性质（``nature``）筛选。"""
    user = _user(request)
    found = narrowed(ELEMENTS, asked_for(user, q=q, nature=nature)).select_related("growth_of")
    return {"count": found.count(), "items": [s.element_data(one) for one in found[offset : offset + limit]]}


@router.get("/elements/{code}", response=s.ElementDetail, summary="一个要素", operation_id="facts_element")
def one_element(request: HttpRequest, code: str, area: str = "", by: str = "") -> dict[str, Any]:
    """解释、各区域最近数值、企业填报合计、时间序列。``by``：year half quarter cumulative month。"""
    user = _user(request)
    shown = element_view(element_by_code(code), user, area_in_scope(user, area), by, None)
    return s.element_detail(shown)


@router.get("/facts", response=s.FactPage, summary="事实", operation_id="facts_list")
def list_facts(
    request: HttpRequest,
    area: str = "",
    element: str = "",
    kind: str = Query("", description=f"对象类型：{'、'.join(subjects.codes())}"),
    subject: str = Query("", description="对象的代码；不给对象类型时指单位"),
    period: str = "",
    source: str = "",
    simulated: str = "",
    after: str = "",
    limit: int = Query(100, ge=1, le=MAX_SIZE),
) -> dict[str, Any]:
    """不计总数；``next`` 是下一页的 ``after``，空表示到底。``stopped``
    为真表示符合条件的很少、本页没有找满，可继续。
    """
    user = _user(request)
    query = {
        "element": element,
        "kind": kind,
        "subject": subject,
        "period": period,
        "source": source,
        "simulated": simulated,
        "after": after,
    }
    found, _wanted, _records = search(query, user, area_chosen(user, area), None, limit)
    return s.fact_page(found, rows_of(found.facts))


@router.get("/facts/{fact_id}", response=s.FactDetail, summary="一条事实", operation_id="facts_fact")
def one_fact(request: HttpRequest, fact_id: str) -> dict[str, Any]:
    """``fact_id`` 是“批次-序号”，如 12-345；0.1.0 版的整数编号也认得。"""
    user = _user(request)
    found = old_fact(user, int(fact_id)) if is_old(fact_id) else fact_for(user, read_ref(fact_id))
    return s.fact_detail(fact_view(found, user))


@router.get("/batches", response=s.BatchPage, summary="批次", operation_id="facts_batches")
def list_batches(
    request: HttpRequest,
    area: str = "",
    q: str = "",
    way: str = "",
    limit: int = Query(50, ge=1, le=MAX_SIZE),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    user = _user(request)
    found = narrowed(BATCHES, asked_for(user, area_chosen(user, area), q=q, way=way)).select_related(
        "user", "origin", "withdrawal"
    )
    return {"count": found.count(), "items": [s.batch_data(one) for one in found[offset : offset + limit]]}


@router.get("/batches/{batch_id}", response=s.BatchOut, summary="一个批次", operation_id="facts_batch")
def one_batch(request: HttpRequest, batch_id: int) -> dict[str, Any]:
    return s.batch_data(batch_for(_user(request), batch_id))


@router.get("/batches/{batch_id}/facts", response=s.FactPage, summary="批次里的事实", operation_id="facts_batch_facts")
def batch_facts(
    request: HttpRequest, batch_id: int, after: str = "", limit: int = Query(100, ge=1, le=MAX_SIZE)
) -> dict[str, Any]:
    user = _user(request)
    found = find(facts_in(user), Wanted(batch=batch_for(user, batch_id)), after, limit)
    return s.fact_page(found, rows_of(found.facts))


@router.get(
    "/batches/{batch_id}/withdrawal",
    response=s.WithdrawalPreview,
    summary="撤回会改变什么",
    operation_id="facts_withdrawal_preview",
)
def preview_withdrawal(request: HttpRequest, batch_id: int) -> dict[str, Any]:
    """只说会改变什么，不撤回。``restored``：恢复的原数；``corrected_since``：其中已另有更正、撤回后不变的条数。"""
    user = _user(request, Action.WITHDRAW_FACTS)
    batch = batch_for(user, batch_id)
    if not may_withdraw(user, batch):
        raise ConflictError(_("这个批次不能撤回，或已经撤回"))
    return s.preview_data(consequences(batch, user))


class Reason(Schema):
    """Why a batch is taken back."""

    reason: str


@router.post(
    "/batches/{batch_id}/withdrawal", response={201: s.BatchOut}, summary="撤回一批", operation_id="facts_withdraw"
)
def take_back(request: HttpRequest, batch_id: int, body: Reason) -> Any:
    """整批撤回：不再计入，所更正的数恢复原值，有关指标随即重算。答复是撤回本身，它也是一个批次。"""
    user = _user(request, Action.WITHDRAW_FACTS)
    return 201, s.batch_data(withdraw(batch_for(user, batch_id), user, body.reason))


@router.get("/sources", response=s.SourcePage, summary="来源", operation_id="facts_sources")
def list_sources(
    request: HttpRequest,
    q: str = "",
    limit: int = Query(100, ge=1, le=MAX_SIZE),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    found = narrowed(SOURCES, asked_for(_user(request), q=q))
    return {"count": found.count(), "items": [s.source_data(one) for one in found[offset : offset + limit]]}


@router.get("/sources/{source_id}", response=s.SourceOut, summary="一个来源", operation_id="facts_source")
def one_source(request: HttpRequest, source_id: int) -> Any:
    """它给出的数：``/facts?source=编号``。"""
    _user(request)
    return s.source_data(source_by_id(source_id))


# ---------------------------------------------------------------- importing


@router.get("/imports", response=s.JobPage, summary="我的导入任务", operation_id="facts_imports")
def list_imports(
    request: HttpRequest, limit: int = Query(20, ge=1, le=100), offset: int = Query(0, ge=0, le=10**9)
) -> dict[str, Any]:
    found = jobs.jobs_of(_user(request, Action.IMPORT_FACTS))
    return {"count": found.count(), "items": [s.job_data(job) for job in found[offset : offset + limit]]}


@router.post("/imports", response={202: s.JobOut}, summary="上传文件并检查", operation_id="facts_import_upload")
def upload(request: HttpRequest, file: UploadedFile = File(...)) -> Any:  # type: ignore[type-arg]  # noqa: B008
    """只检查，不写入；用 ``GET /imports/{token}`` 查看进度与预览。"""
    user = _user(request, Action.IMPORT_FACTS)
    job = jobs.receive(check(Upload(file), jobs.TAKES), user)
    jobs.start(job)
    return 202, s.job_data(job)


@router.get("/imports/{token}", response=s.JobDetail, summary="导入任务与预览", operation_id="facts_import")
def one_import(request: HttpRequest, token: UUID) -> dict[str, Any]:
    job = jobs.look_after(jobs.job_of(_user(request, Action.IMPORT_FACTS), token))
    return s.job_data(job) | {"preview": job.preview}


class Confirmation(Schema):
    """The digest of the file whose preview was seen."""

    sha256: str


@router.post("/imports/{token}/confirm", response=s.JobOut, summary="确认导入", operation_id="facts_import_confirm")
def confirm(request: HttpRequest, token: UUID, body: Confirmation) -> dict[str, Any]:
    """导入预览过的内容。``sha256`` 须是该任务文件的校验值；重复确认无害。"""
    job = jobs.job_of(_user(request, Action.IMPORT_FACTS), token)
    jobs.confirm(job, body.sha256)
    if job.status == JobStatus.CONFIRMED:
        jobs.start(job)
    return s.job_data(job)


@router.post("/imports/{token}/drop", response=s.JobOut, summary="放弃导入", operation_id="facts_import_drop")
def drop(request: HttpRequest, token: UUID) -> dict[str, Any]:
    job = jobs.job_of(_user(request, Action.IMPORT_FACTS), token)
    jobs.drop(job)
    return s.job_data(job)


# ---------------------------------------------------------------- reports


@router.get("/forms", response=list[s.FormOut], summary="报表", operation_id="facts_forms")
def list_forms(request: HttpRequest) -> list[dict[str, Any]]:
    """与用户有关的报表、项目和最近各期。"""
    today = timezone.localdate()
    return [s.form_data(form, reporting.periods_of(form, today)) for form in reporting.forms_for(_user(request))]


def _asked(user: Any, code: str, period: str) -> Any:
    form = reporting.form_for(user, code)
    return form, reporting.checked_period(form, parse_period(period), timezone.localdate())


@router.get("/forms/{code}/returns", response=s.ReturnsOut, summary="一期的报送进度", operation_id="facts_returns")
def form_returns(
    request: HttpRequest,
    code: str,
    period: str,
    area: str = "",
    limit: int = Query(100, ge=1, le=MAX_SIZE),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    """``missing`` 列出未报送的单位。"""
    user = _user(request)
    if is_own_only(user):
        raise HttpError(403, "企业账号只能查看自己的填报")
    form, asked = _asked(user, code, period)
    where = area_chosen(user, area)
    counts = reporting.returns(form, asked, user, where)
    missing = reporting.not_reported(form, asked, user, where)[offset : offset + limit]
    return s.returns_data(form, asked, reporting.due_on(form, asked), counts, missing)


@router.get("/reports", response=s.ReportPage, summary="填报", operation_id="facts_reports")
def list_reports(
    request: HttpRequest,
    area: str = "",
    form: str = "",
    period: str = "",
    status: str = "",
    limit: int = Query(50, ge=1, le=MAX_SIZE),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    user = _user(request)
    found = reporting.reports_in(user, None if is_own_only(user) else area_chosen(user, area))
    if form:
        found = found.filter(form__code=form)
    if period:
        found = found.filter(period_key=parse_period(period).key)
    if status in ReportStatus.values:
        found = found.filter(status=status)
    return {"count": found.count(), "items": [s.report_data(one) for one in found[offset : offset + limit]]}


@router.get("/reports/{report_id}", response=s.ReportDetail, summary="一份填报", operation_id="facts_report")
def one_report(request: HttpRequest, report_id: int) -> dict[str, Any]:
    return _detail(report_seen(_user(request), report_id))


def _detail(report: Report) -> dict[str, Any]:
    lines = reporting.lines_of(report.form, report.organisation, report.period, report.values)
    return s.report_data(report) | {"lines": [s.line_data(line) for line in lines]}


class Stated(Schema):
    """What an enterprise states for one line."""

    text: str
    explanation: str = ""


class Filled(Schema):
    """``values`` by element code; ``submit`` hands the report in."""

    values: dict[str, Stated]
    submit: bool = False


@router.put("/forms/{code}/report", response=s.ReportDetail, summary="填报本企业的一期", operation_id="facts_fill")
def fill(request: HttpRequest, code: str, period: str, body: Filled, unit: str = "") -> dict[str, Any]:
    """``unit`` 是单位代码，代表几家企业的账号用它指明是哪一家。有错或变化过大而没有说明时只存草稿：``status``
    仍为 draft，``lines`` 里有原因。
    """
    user = _user(request, Action.REPORT_FACTS)
    form, asked = _asked(user, code, period)
    organisation = reporter(user, form, asked, unit)
    report = reporting.report_of(form, organisation, asked)
    reporting.fill(report, {key: one.dict() for key, one in body.values.items()}, user, submit=body.submit)
    return _detail(reporting.report_of(form, organisation, asked))


class Verdict(Schema):
    """``act`` approve or return; ``round`` as seen; ``reason`` for a return."""

    act: str
    round: int
    reason: str = ""


@router.post("/reports/{report_id}/review", response=s.ReportDetail, summary="审核填报", operation_id="facts_review")
def review(request: HttpRequest, report_id: int, body: Verdict) -> dict[str, Any]:
    user = _user(request, Action.IMPORT_FACTS)
    report = report_seen(user, report_id)
    if not reporting.may_review(report, user):
        raise HttpError(403, "您不能审核这份填报")
    if body.act == "approve":
        reporting.approve(report, user, body.round)
    elif body.act == "return":
        reporting.send_back(report, user, body.reason, body.round)
    else:
        raise HttpError(422, "act 只能是 approve 或 return")
    return _detail(report_seen(user, report_id))
