"""JSON of cases under ``/api/v1/cases/``: lists, a case, opening, acts, statistics; the same rights as on the
pages.
"""

import datetime as dt
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.registry.access import area_in_scope
from qiangqu.registry.named import Named, named
from qiangqu.registry.roles import Action, may
from qiangqu.ui.lists import asked_for, narrowed

from . import acts, kinds, listing, statistics
from .models import Case, CaseKind, Step, StepStatus
from .people import case_for
from .statistics import counted_for
from .trail import history

router = Router()
LONGEST = 2000


def _user(request: HttpRequest, action: Action = Action.HANDLE_CASES) -> Any:
    if not may(request.user, action):
        raise HttpError(403, "您的角色不能办理办件")
    return request.user


class KindOut(Schema):
    code: str
    name: str
    version: int
    public: bool
    may_open: bool
    form: dict[str, Any]


class StepOut(Schema):
    id: int
    node: str
    name: str
    status: str
    assignee: str | None
    claimed_at: dt.datetime | None
    opened_at: dt.datetime
    due_on: dt.date | None
    done_at: dt.datetime | None
    revision: int


class CaseOut(Named):
    number: str
    kind: str
    version: int
    title: str
    area: str
    status: str
    light: str
    opened_at: dt.datetime
    due_on: dt.date | None
    closed_at: dt.datetime | None
    simulated: bool
    steps: list[StepOut]


class CasePage(Schema):
    count: int
    items: list[CaseOut]


class OpinionOut(Schema):
    kind: str
    user: str | None
    text: str
    agrees: bool | None
    at: dt.datetime


class EntryOut(Schema):
    at: dt.datetime
    action: str
    user: str | None
    what: str
    text: str


class LetterOut(Schema):
    number: str
    name: str
    title: str
    issued_at: dt.datetime
    sha256: str
    voided_at: dt.datetime | None


class CaseDetail(CaseOut):
    """A case with its content. ``targets`` of an open step are where it can be sent back to."""

    data: dict[str, Any]
    opinions: list[OpinionOut]
    attachments: list[dict[str, Any]]
    letters: list[LetterOut]
    history: list[EntryOut]


class OpenIn(Schema):
    """``area`` "" is the top of the caller's own subtree."""

    kind: str = Field(max_length=40)
    data: dict[str, Any]
    area: str = Field("", max_length=24)


class ActIn(Schema):
    """``step`` and ``revision`` as the case shows them; ``to`` a user name (assign) or the task to go back to
    (return).
    """

    act: Literal["claim", "put-back", "finish", "assign", "return", "urge", "opine", "suspend", "resume", "withdraw"]
    step: int | None = None
    revision: int | None = None
    data: dict[str, Any] = {}
    text: str = Field("", max_length=LONGEST)
    to: str = Field("", max_length=150)


def _step(step: Step) -> dict[str, Any]:
    return {
        "id": step.pk, "node": step.node, "name": step.name, "status": step.status,
        "assignee": step.assignee.username if step.assignee else None, "claimed_at": step.claimed_at, "opened_at": step.opened_at,
        "due_on": step.due_on, "done_at": step.done_at, "revision": step.revision,
    }  # fmt: skip


def _case(case: Case, steps: Any, version: int) -> dict[str, Any]:
    return named(case) | {
        "number": case.number, "kind": case.kind.code, "version": version, "title": case.title, "area": case.area.code,
        "status": case.status, "light": case.light, "opened_at": case.opened_at, "due_on": case.due_on, "closed_at": case.closed_at,
        "simulated": case.simulated, "steps": [_step(one) for one in steps],
    }  # fmt: skip


def _detail(case: Case) -> dict[str, Any]:
    steps = case.steps.select_related("assignee").order_by("id")
    return _case(case, steps, case.version.number) | {
        "data": case.data,
        "opinions": [
            {"kind": o.kind, "user": o.user.username if o.user else None, "text": o.text, "agrees": o.agrees, "at": o.at}
            for o in case.opinions.select_related("user")
        ],
        "attachments": [
            {"id": a.pk, "name": a.name, "size": a.size, "sha256": a.sha256, "at": a.at} for a in case.attachments.all()
        ],
        "letters": [
            {
                "number": one.number, "name": one.name, "title": one.title, "issued_at": one.issued_at, "sha256": one.sha256,
                "voided_at": one.voided_at,
            }
            for one in case.letters.all()
        ],
        "history": [
            {
                "at": line["entry"].at, "action": line["entry"].action, "what": line["what"], "text": line["text"],
                "user": line["entry"].user.username if line["entry"].user else None,
            }
            for line in history(case)
        ],
    }  # fmt: skip


@router.get("/kinds", response=list[KindOut], summary="事项种类", operation_id="case_kinds")
def list_kinds(request: HttpRequest) -> list[dict[str, Any]]:
    """启用的事项，以及发起表单的 JSON Schema。"""
    user, found = _user(request), []
    for kind in CaseKind.objects.filter(active=True).exclude(current=None).select_related("current"):
        assert kind.current is not None
        ready = kinds.ready(kind.current)
        found.append(
            {
                "code": kind.code, "name": kind.name, "version": kind.current.number, "public": kind.public,
                "may_open": acts.may_open(user, ready), "form": ready.definition.start_form.schema,
            }
        )  # fmt: skip
    return found


@router.get("/", response=CasePage, summary="办件列表", operation_id="case_list")
def list_cases(
    request: HttpRequest,
    which: Literal["todo", "doing", "done", "mine", "watch", "all"] = Query("todo", alias="list"),
    q: str = Query("", max_length=80),
    kind: str = Query("", max_length=40),
    status: str = Query("", max_length=10),
    light: str = Query("", max_length=6),
    area: str = Query("", max_length=24),
    limit: int = Query(50, ge=1, le=200),
    offset: int = Query(0, ge=0, le=1_000_000),
) -> dict[str, Any]:
    """待办、在办、已办、我发起、督办、全部，与网页相同。"""
    user = _user(request)
    asked = asked_for(user, list=which, q=q, kind=kind, status=status, light=light)
    found = narrowed(listing.CASES, asked)
    start = "case__" if found.model is Step else ""
    if area and (scope := area_in_scope(user, area)) is not None:
        found = found.filter(**{f"{start}area__path__startswith": scope.path})
    lines = list(listing.rows(listing.with_all(found).select_related(f"{start}origin")[offset : offset + limit]))
    numbers = dict(Case.objects.filter(pk__in=[line.case.pk for line in lines]).values_list("pk", "version__number"))
    return {"count": found.count(), "items": [_case(line.case, line.waiting, numbers[line.case.pk]) for line in lines]}


@router.get("/statistics", summary="办件统计", operation_id="case_statistics")
def read_statistics(
    request: HttpRequest,
    first: dt.date | None = None,
    last: dt.date | None = None,
    area: str = Query("", max_length=24),
) -> dict[str, Any]:
    """件数、用时、等在哪里；``first``、``last`` 缺省为今年以来。用时以日历天计。"""
    user, today = _user(request, Action.VIEW_CASES), timezone.localdate()
    cases = counted_for(user, area_in_scope(user, area, Action.VIEW_CASES) if area else None)
    begin, end = first or today.replace(month=1, day=1), last or today
    lines = statistics.by_kind(cases, begin, end)
    places = statistics.where_they_wait(cases, timezone.now(), today)
    return {
        "from": begin,
        "to": end,
        "kinds": [{name: getattr(line, name) for name in line.__slots__} for line in lines],
        "places": [{name: getattr(place, name) for name in place.__slots__} for place in places],
    }


@router.post("/", response={201: CaseDetail}, summary="发起办件", operation_id="case_open")
def open_case(request: HttpRequest, body: OpenIn) -> Any:
    """按事项的发起表单发起；表单之外的内容拒绝。"""
    user = _user(request)
    asked = area_in_scope(user, body.area)
    kind = kinds.kind_of(body.kind)
    assert kind.current is not None
    ready = kinds.ready(kind.current)
    if not acts.may_open(user, ready) or ready.definition.elsewhere:
        raise NotFoundError("没有这个事项，或您的角色不能发起", where=body.kind[:40])
    area = asked if body.area else acts.area_to_open(user, ready, asked)
    if area is None or not acts.may_open(user, ready, area):
        raise HttpError(403, "您没有可以发起办件的区域")
    opened = acts.open_case(body.kind, body.data, area=area, user=user)
    return Status(201, _detail(case_for(user, opened.case.number)))


@router.get("/{number}", response=CaseDetail, summary="一个办件", operation_id="case_read")
def read_case(request: HttpRequest, number: str) -> dict[str, Any]:
    """内容、步骤、意见、附件清单和记录。身份信息不经接口给出。"""
    return _detail(case_for(_user(request), number))


@router.post("/{number}/acts", response=CaseDetail, summary="办理", operation_id="case_act")
def act_on(request: HttpRequest, number: str, body: ActIn) -> dict[str, Any]:
    """签收、放回、办结、指派或转办、退回、催办、添加意见、暂停、恢复、撤回。别人先办了的回 409。"""
    user = _user(request)
    case = case_for(user, number)
    if body.data and body.act != "finish":
        raise InputError("只有办结步骤时才有表单内容", where="data")
    if body.act in ("urge", "opine", "suspend", "resume", "withdraw"):
        _whole(case, body, user)
    else:
        _one_step(case, body, user)
    try:
        return _detail(case_for(user, number))
    except NotFoundError as error:
        raise HttpError(404, "已办；您不再参与这个办件") from error


def _whole(case: Case, body: ActIn, user: Any) -> None:
    match body.act:
        case "urge":
            acts.urge(case, body.text, user)
        case "opine":
            acts.opine(case, body.text, user)
        case "suspend":
            acts.suspend(case, body.text, user)
        case "resume":
            acts.resume(case, user)
        case _:
            acts.withdraw(case, user, body.text)


def _one_step(case: Case, body: ActIn, user: Any) -> None:
    step = body.step
    if step is None:
        waiting = list(case.steps.filter(status=StepStatus.OPEN).values_list("pk", flat=True)[:2])
        if len(waiting) != 1:
            raise ConflictError("请写明是哪一步（step）", where=case.number)
        step = waiting[0]
    if not 0 < step < 2**63:
        raise NotFoundError("没有这一步", where=str(step)[:20])
    match body.act:
        case "claim":
            acts.claim(case, step, user, body.revision)
        case "put-back":
            acts.put_back(case, step, user)
        case "finish":
            acts.finish_step(case, step, body.data, user, revision=body.revision, opinion=body.text)
        case "assign":
            acts.assign(case, step, body.to, user, body.text)
        case _:
            acts.send_back(case, step, body.text, user, to=body.to[:36], revision=body.revision)
