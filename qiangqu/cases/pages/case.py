"""One case: everything about it on a page, its acts, its files and letters."""

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qiangqu.base.errors import InputError, NotFoundError, QiangquError
from qiangqu.base.numbers import natural
from qiangqu.base.terms import said
from qiangqu.records import store
from qiangqu.records.asking import sent_files
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui.files import DOCX, download
from qiangqu.ui.formpage import answered, status_of

from .. import acts, kinds, letters
from ..definition import LetterRule
from ..drawing import picture
from ..forms import emptied, from_post, seen_of
from ..formview import answers_of, fields_of, shown
from ..models import Case, OpinionKind, Step, StepStatus
from ..people import case_for, holds, sits_at, staff
from ..references import offered
from ..subjects import subject_link, subject_shown
from ..trail import history
from .common import errors_of, rights

MOST_PEOPLE = 300


@require_GET
@require(Action.HANDLE_CASES)
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The page of a case."""
    return page(request, case_for(request.user, number))


def page(
    request: HttpRequest,
    one: Case,
    *,
    error: str = "",
    errors: Mapping[str, str] | None = None,
    step_pk: int = 0,
    typed: Mapping[str, Any] | None = None,
    identity: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, after an act that failed with the sentence and what was typed."""
    user: Any = request.user
    ready = kinds.ready(one.version)
    definition = ready.definition
    steps = list(
        one.steps.select_related("assignee", "done_by", "desk_area", "desk_organisation", "escalated_area").order_by(
            "id"
        )
    )
    waiting = [step for step in steps if step.status == StepStatus.OPEN]
    opinions = list(one.opinions.select_related("user", "step", "asked_by"))
    rules = letters.rules_of(one, definition)
    desk = [
        _on_desk(step, one, user, definition, rules, errors if step.pk == step_pk else None, typed) for step in waiting
    ]
    may = rights(user, one, one.version)
    context = {
        "case": one,
        "title": one.title,
        "definition": definition,
        "subject": subject_link(user, one.subject),
        "subject_shown": subject_shown(user, one.subject),
        "steps": steps,
        "desk": desk,
        "waiting": waiting,
        "start_title": said(definition.start_form.title),
        "start_answers": _start_answers(one, steps, definition),
        "done": [(step, _outcome(step, definition)) for step in steps if step.status != StepStatus.OPEN],
        "opinions": [o for o in opinions if o.kind != OpinionKind.COUNTERSIGN or o.answered_at],
        "owed": [o for o in opinions if o.kind == OpinionKind.COUNTERSIGN and not o.answered_at],
        "mine_owed": [o for o in opinions if o.user_id == user.pk and o.kind == "countersign" and not o.answered_at],
        "attachments": _attachments(one, steps),
        "letters": list(one.letters.select_related("step", "issued_by")),
        "history": history(one),
        "picture": picture(
            one.version, {s.node for s in waiting}, {s.node for s in steps if s.status == StepStatus.DONE}
        ),
        "rights": may,
        "may_speak": one.running,
        "may_stop": may["steer"] or any(d["holds"] and d["step"].assignee_id == user.pk for d in desk),
        "takeable": [s for s in steps if s.status == StepStatus.DONE and s.done_by_id == user.pk and one.running][-1:],
        "people": list(staff(one).exclude(pk=user.pk)[:MOST_PEOPLE]) if one.running and (may["steer"] or desk) else [],
        "identity": identity,
        "has_identity": hasattr(one, "identity"),
        "may_identity": any(d["holds"] and d["step"].claimed_at and d["step"].assignee_id == user.pk for d in desk),
        "today": timezone.localdate(),
        "error": error,
        "simulated": one.simulated,
        "draft_done": request.session.pop("case_draft_done", ""),
    }
    return render(request, "cases/case.html", context, status=status)


def _on_desk(
    step: Step,
    one: Case,
    user: Any,
    definition: Any,
    rules: Mapping[str, LetterRule],
    errors: Mapping[str, str] | None,
    typed: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """An open step with what this user can do with it."""
    rule = definition.steps.get(step.node)
    mine = holds(user, step) and one.status == "open"
    form = definition.form_of(step.node)
    data = one.data if typed is None or errors is None else typed
    return {
        "step": step,
        "holds": mine,
        "claimed": step.claimed_at is not None and step.assignee_id == user.pk,
        "putback": step.assignee_id == user.pk and sits_at(user, step),
        "form": form,
        "seen": seen_of(form, one.data) if form else "",
        "fields": fields_of(form, data, errors, offers=offered(form, one.area, timezone.localdate()))
        if form and mine
        else [],
        "targets": _targets(one, step, definition) if mine and rule and rule.may_return else [],
        "delegate": mine and bool(rule and rule.may_delegate) and not step.for_public,
        "letters": [each.title for each in rules.values() if step.node in each.steps] if mine else [],
        "opinion": (typed or {}).get("_opinion", "") if errors is not None else "",
    }


def _targets(one: Case, step: Step, definition: Any) -> list[tuple[str, str]]:
    return [
        (target.task_id, definition.process.nodes[target.node].name)
        for target in acts.targets(one, step)
        if target.node in definition.process.nodes
    ]


def _attachments(one: Case, steps: list[Step]) -> list[tuple[Any, str]]:
    """The files of a case, each with the name of the step that brought it ("": the opening, or somebody's
    remark).
    """
    names = {f"step:{step.pk}": step.name for step in steps}
    return [(file, names.get(file.about, "")) for file in one.attachments.select_related("by")]


def _start_answers(one: Case, steps: list[Step], definition: Any) -> list[tuple[str, str, Step | None]]:
    """What the opening form asked, as it stands now, with the step that changed it (None: as it was
    opened).
    """
    form = definition.start_form
    setters: dict[str, Step] = {}
    for step in sorted(
        (s for s in steps if s.status == StepStatus.DONE and s.done_at), key=lambda s: (s.done_at, s.pk)
    ):
        setters |= {key: step for key in step.outcome if key in form.fields}
    return [
        (said(form.fields[name].get("title", name)), shown(one.data[name], form.fields[name]), setters.get(name))
        for name in form.order
        if one.data.get(name) is not None
    ]


def _outcome(step: Step, definition: Any) -> list[tuple[str, str]]:
    form = definition.form_of(step.node)
    if step.status == StepStatus.RETURNED:
        return [(_("理由"), str(step.outcome.get("reason", "")))]
    return answers_of(form, step.outcome) if form else []


# ---------------------------------------------------------------- acts


def _revision(request: HttpRequest) -> int | None:
    return natural(request.POST.get("_revision"))


def _key(request: HttpRequest, name: str) -> int:
    found = natural(request.POST.get(name))
    if found is None:
        raise NotFoundError(_("没有这一项"), where=name)
    return found


def _agrees(request: HttpRequest) -> bool:
    answer = request.POST.get("_agrees", "")
    if answer not in ("1", "0"):
        raise InputError(_("请选择同意或不同意"), where=_("会签"))
    return answer == "1"


#: how the parameters of the acts are read off the forms of a case's page
READERS: dict[str, Callable[[HttpRequest], Any]] = {
    "step_pk": lambda request: _key(request, "_step"),
    "opinion_pk": lambda request: _key(request, "_opinion_pk"),
    "revision": _revision,
    "to": lambda request: request.POST.get("_to", ""),
    "usernames": lambda request: request.POST.getlist("_to")[:50],
    "agrees": _agrees,
    "reason": lambda request: request.POST.get("_reason", ""),
    "text": lambda request: request.POST.get("_text", ""),
    "files": lambda request: sent_files(request, "_files"),
}


def _finish(request: HttpRequest, one: Case) -> Step:
    """What the step's own form says; all else is read as for other acts."""
    post, pk = request.POST, _key(request, "_step")
    step = one.steps.filter(pk=pk).first()
    if step is None:
        raise NotFoundError(_("没有这一步"), where=str(pk))
    form = kinds.ready(one.version).definition.form_of(step.node)
    posted = {key: post for key in post if not key.startswith("_") and key != "csrfmiddlewaretoken"}
    return acts.finish_step(
        one,
        pk,
        from_post(form, post) if form else {key: post.get(key) for key in posted},
        request.user,
        revision=_revision(request),
        opinion=post.get("_opinion", ""),
        files=sent_files(request, "_files"),
        seen=post.get("_seen", ""),
        emptied=emptied(form, post) if form else (),
    )


def asked(work: Callable[..., Any]) -> Callable[[HttpRequest, Case], Any]:
    """An act on a case as its page asks for it: its parameters are read by their names (:data:`READERS`)."""
    names = [name for name in inspect.signature(work).parameters if name not in ("case", "user")]

    def do(request: HttpRequest, one: Case) -> Any:
        return work(one, user=request.user, **{name: READERS[name](request) for name in names})

    return do


#: each act of the page: what does it, and what is said when it is done (of the step, or number, that it gives)
ACTS: dict[str, tuple[Callable[[HttpRequest, Case], Any], Any]] = {
    "finish": (_finish, lambda step: _("“%(step)s”已办结") % {"step": step.name}),
    "claim": (asked(acts.claim), lambda step: _("已签收“%(step)s”") % {"step": step.name}),
    "put-back": (asked(acts.put_back), lambda step: _("已把“%(step)s”放回岗位") % {"step": step.name}),
    "assign": (
        asked(acts.assign),
        lambda step: _("“%(step)s”已交给 %(person)s") % {"step": step.name, "person": step.assignee},
    ),
    "return": (asked(acts.send_back), lambda step: _("“%(step)s”已退回") % {"step": step.name}),
    "take-back": (asked(acts.take_back), lambda step: _("已撤回“%(step)s”，可以重办") % {"step": step.name}),
    "withdraw": (asked(acts.withdraw), lambda _case: _("办件已撤回")),
    "opine": (asked(acts.opine), lambda _nothing: _("已添加")),
    "ask": (asked(acts.ask_countersign), lambda made: _("已请 %(count)s 人会签") % {"count": len(made)}),
    "countersign": (asked(acts.countersign), lambda _opinion: _("会签已答复")),
    "recall": (asked(acts.recall_countersign), lambda _nothing: _("会签已撤销")),
    "urge": (asked(acts.urge), lambda count: _("已催办 %(count)s 步") % {"count": count}),
    "suspend": (asked(acts.suspend), lambda _case: _("已暂停计时")),
    "resume": (asked(acts.resume), lambda _case: _("已恢复计时，期限顺延")),
}


@require_POST
@require(Action.HANDLE_CASES)
def act(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Do one of :data:`ACTS`. What fails is answered with the page, the sentence and what was typed; what
    succeeds leads back to the page.
    """
    one = case_for(request.user, number)
    if name not in ACTS:
        raise NotFoundError(_("没有这个操作"), where=name[:20])
    work, said = ACTS[name]

    def do() -> HttpResponse:
        messages.success(request, said(work(request, one)))
        if draft := request.POST.get("_draft"):
            request.session["case_draft_done"] = draft[:80]
        return _next(request, number)

    def refused(fault: QiangquError) -> HttpResponse:
        now = case_for(request.user, number)
        errors = errors_of(fault)
        pk = _key(request, "_step") if errors or name == "finish" else 0
        return page(
            request, now, error=str(fault), errors=errors if pk else None, step_pk=pk,
            typed=_typed(request, now, pk) if pk else None, status=status_of(fault),
        )  # fmt: skip

    return answered(do, refused)


def _next(request: HttpRequest, number: str) -> HttpResponse:
    """Back to the case; to the work list when it was handed on and the user has no part in it any more."""
    try:
        case_for(request.user, number)
    except NotFoundError:
        return redirect("cases-work")
    return redirect("cases-case", number=number)


def _typed(request: HttpRequest, one: Case, pk: int) -> dict[str, Any]:
    step = one.steps.filter(pk=pk).first()
    form = kinds.ready(one.version).definition.form_of(step.node) if step else None
    data = from_post(form, request.POST) if form else {}
    return copy.copy(data) | {"_opinion": request.POST.get("_opinion", "")[:500]}


@require_POST
@require(Action.HANDLE_CASES)
def identity(request: HttpRequest, number: str) -> HttpResponse:
    """Who complained: shown once to the named handler, after the look was recorded."""
    one = case_for(request.user, number)

    def do() -> HttpResponse:
        found = acts.look_at_identity(one, request.user, request.POST.get("_reason", ""))
        return page(request, one, identity=dict(answers_of(kinds.ready(one.version).definition.start_form, found)))

    def refused(fault: QiangquError) -> HttpResponse:
        return page(request, one, error=str(fault), status=403 if isinstance(fault, acts.NotYours) else 422)

    return answered(do, refused)


@require_GET
@require(Action.HANDLE_CASES)
def letter(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """A letter that was issued, as Word: by its number, or by its name the last one that holds."""
    one = case_for(request.user, number)
    held = one.letters.filter(voided_at=None)
    found = held.filter(number=name[:40]).first() or held.filter(name=name[:40]).last()
    if found is None:
        raise NotFoundError(_("没有发出过这份文书"), where=name[:40])
    return download(store.read(found.sha256, str(found)), f"{found.title}-{found.number}.docx", DOCX)
