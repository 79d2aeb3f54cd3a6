"""Pages of nominations: asking for a title, the list, one with its experts and objections, what is on public notice."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.terms import said
from qiangqu.base.visibility import own_organisations, seen, visible
from qiangqu.records.actforms import ActForm, Field, open_forms
from qiangqu.records.asking import sent_files
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.access import require
from qiangqu.registry.models import Organisation
from qiangqu.registry.roles import Action, may
from qiangqu.schemes import queries as schemes
from qiangqu.schemes.queries import TONES
from qiangqu.ui import lists
from qiangqu.ui.desk import Card, Line, Look
from qiangqu.ui.files import download
from qiangqu.ui.lists import Asked, Column, Listing, Tab
from qiangqu.ui.lists.links import Open

from . import experts, recognising, reviewing
from .experts import document_of
from .models import RUNNING, ExpertMark, Nomination, NominationState, Objection
from .queries import ENTERPRISE
from .recognising import FOUND, hindrance, keeps, may_nominate, nominate, said_state

COLOURS = {
    NominationState.APPLIED: "amber", NominationState.SEALED: "amber", NominationState.REVIEW: "blue",
    NominationState.DECIDING: "blue", NominationState.PUBLIC: "blue", NominationState.CLEARED: "blue",
    NominationState.GRANTED: "green", NominationState.REFUSED: "grey", NominationState.REVOKED: "red",
}  # fmt: skip
#: from when on everybody who sees a nomination may recompute its draw
OPENED = (NominationState.PUBLIC, NominationState.CLEARED, NominationState.GRANTED, NominationState.REVOKED)


def _rows(asked: Asked) -> Any:
    rows = seen(Nomination.objects.all(), asked.user, asked.area)
    if asked.tab == "mine":
        return rows.filter(marks__expert__user=asked.user.pk, marks__state=ExpertMark.State.ASKED)
    return rows if asked.tab == "all" else rows.filter(state__in=RUNNING)


def _columns(asked: Asked) -> list[Column]:
    return [
        lists.column(Nomination, "organisation__name", label=_("申报企业"), role=lists.NAME, note=lambda row: row.number, width=40),
        lists.column(Nomination, "kind__name", label=_("认定类别"), width=28),
        Column("again", _("申报类型"), lambda row: _("复核") if row.again else _("首次申报"), sort=("again",)),
        Column("standing", _("申报时的结果"), lambda row: said_state(row.standing), badge=lambda row: TONES.get(row.standing.get("state"), "grey")),
        lists.column(Nomination, "state", role=lists.STATE, badge=lambda row: COLOURS[row.state]),
        lists.column(Nomination, "at", role=lists.DATE, width=18),
        lists.column(Nomination, "public_to"),
        lists.column(Nomination, "organisation__area__name", label=_("区域"), shown=False, width=20),
    ]  # fmt: skip


NOMINATION_LIST = Listing(
    code="nominations",
    page="nominations",
    title=gettext_lazy("认定申报"),
    tabs=lambda asked: [Tab("open", _("办理中")), Tab("mine", _("待我评审")), Tab("all", _("全部"))],
    rows=_rows,
    columns=_columns,
    filters=lambda asked: lists.choice("state", _("状态"), NominationState.choices) | lists.days("at", _("申报时间"), moments=True),
    search=("number", "organisation__name", "kind__name"),
    search_label=gettext_lazy("编号、企业或认定类别"),
    order=("-at", "-pk"),
    related=("organisation__area", "kind"),
    link=lambda row: reverse("nomination", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=gettext_lazy("从企业在评价方案里的页面发起申报。推荐、受理之后封存专家名单，由企业报数抽取专家，评审、公示后认定。"),
    empty=gettext_lazy("没有认定申报"),
    empty_icon="certificate",
)  # fmt: skip


# ---------------------------------------------------------------- asking for a title


@require_http_methods(["GET", "POST"])
@require(Action.NOMINATE)
def new(request: HttpRequest, code: str, who: str) -> HttpResponse:
    """The form of a nomination, filled in with what is known, and the firm's standing; sent, it is made."""
    day = timezone.localdate()
    scheme = schemes.scheme_on(code[:60], day)
    firm = schemes.seen(ENTERPRISE, request.user).filter(code=who[:60]).first() if "\0" not in who else None
    if firm is None or not may_nominate(request.user, firm):
        raise NotFoundError(_("没有这个对象，或它不在您的管辖范围内"), where=who[:60])
    wrong, status = "", 200
    if request.method == "POST":
        try:
            given = (request.POST.get("statement", ""), request.POST.get("contact", ""))
            made = nominate(request.user, firm, scheme, *given, sent_files(request))
        except (InputError, ConflictError) as error:
            wrong, status = error.message, 422
        else:
            messages.success(request, _("已提交申报：%(number)s") % {"number": made.number})
            return redirect("nomination", made.pk)
    standing = recognising.standing_of(firm, scheme, day)
    shown = {
        "scheme": scheme, "firm": firm, "standing": standing, "tone": TONES[standing["state"]], "word": said_state(standing),
        "hindrance": hindrance(firm, scheme, day), "wrong": wrong, "simulated": standing["simulated"] or firm.simulated,
        "statement": request.POST.get("statement", "")[:2000], "contact": request.POST.get("contact", "")[:80],
    }  # fmt: skip
    return render(request, "enterprises/nominate.html", shown, status=status)


def nominate_link(user: Any, record: Any, scheme: Any) -> tuple[str, str] | None:
    """What a firm's page in a scheme that leads to a title offers to whoever may ask for it."""
    if not isinstance(record, Organisation) or scheme.grants is None or scheme.subject != ENTERPRISE.code:
        return None
    if not may(user, Action.NOMINATE) or not may_nominate(user, record):
        return None
    return _("申报认定"), reverse("nominate", args=[scheme.code, record.code])


# ---------------------------------------------------------------- one nomination


def _forms(one: Nomination) -> list[ActForm]:
    asked = [(mark.expert.code, mark.expert.name) for mark in one.marks.filter(state="asked").select_related("expert")]
    left = [(str(found.pk), found.text[:60]) for found in one.objections.filter(answered_at=None)]
    yes_no = [("yes", _("成立")), ("no", _("不成立"))]
    reason = Field("reason", _("理由"), "textarea", longest=1000)
    return [
        ActForm("mark", _("专家评审"), [
            Field("agrees", _("意见"), "select", choices=[("yes", _("同意认定")), ("no", _("不同意认定"))]),
            Field("points", _("评分（0—100，可不填）"), "number", must=False), reason,
        ]),
        ActForm("avoid", _("申报回避"), [reason], note=_("与申报企业有任职、持股、顾问、亲属等利害关系的，应当回避。")),
        ActForm("excuse", _("替换专家"), [Field("expert", _("评审专家"), "select", choices=asked), reason]),
        *([ActForm("answer", _("核查公示异议"), [
            Field("objection", _("异议"), "select", choices=left), Field("founded", _("结论"), "select", choices=yes_no), reason,
        ])] if left else []),
        ActForm("revoke", _("撤销认定"), [
            Field("document", _("文号"), longest=60), Field("day", _("撤销日期"), "date"), reason,
        ], danger=True),
    ]  # fmt: skip


def about(one: Nomination, user: Any, may_do: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a nomination shows; the experts' names only to the office and to each himself."""
    office = keeps(user, one)
    marks = list(visible(one.marks.all(), user).select_related("expert__organisation"))
    objections = list(visible(one.objections.all(), user).select_related("by"))
    own = one.organisation_id in own_organisations(user)
    # an expert who was drawn sees the nomination, and not all that it names
    leads = Open(user, (one.organisation, one.recognition, one.case))
    return {
        "leads": leads,
        "may_scheme": one.organisation in leads and may(user, Action.VIEW_SCHEMES),
        "marks": [] if own else [(mark, office or mark.expert.user_id == user.pk) for mark in marks],
        "given": one.marks.filter(state=ExpertMark.State.GIVEN).count(),
        "objections": [] if own else objections,
        "word": said_state(one.standing),
        "tone": TONES.get(one.standing.get("state", ""), "grey"),
        "state_tone": COLOURS[NominationState(one.state)],
        "opened": one.state in OPENED and bool(one.lot),
        "may_case": may(user, Action.HANDLE_CASES),
        "acts": open_forms(_forms(one), may_do),
        "files": list(one.files.filter(removed_at=None).select_related("by")),
    }


NOMINATION = RecordPage(
    of=FOUND,
    acts=reviewing.NOMINATIONS,
    action=Action.SEE_NOMINATIONS,
    template="enterprises/nomination.html",
    context=about,
)


@require_GET
@require(Action.SEE_NOMINATIONS)
def draw_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The draw of the experts as a file that anybody can check (公开抽查的验证页 reads it too)."""
    one = FOUND.one(request.user, pk)
    if one.state not in OPENED or not one.lot:
        raise NotFoundError(_("公示之后才公开抽取的全部内容"), where=one.number)
    return download(experts.text_of(document_of(one)), f"{one.number}.json", "application/json")


# ---------------------------------------------------------------- public notice


@require_http_methods(["GET", "POST"])
@require(Action.SEE_NOMINATIONS)
def notices(request: HttpRequest) -> HttpResponse:
    """What is on public notice today, for every user of the platform, and the form for an objection."""
    wrong, status, about_one = "", 200, request.POST.get("nomination", "")
    if request.method == "POST":
        try:
            pk = int(about_one) if about_one.isascii() and about_one.isdigit() and len(about_one) < 18 else 0
            reviewing.object_to(request.user, pk, request.POST.get("text", ""), request.POST.get("contact", ""))
        except InputError as error:
            wrong, status = error.message, 422
        else:
            messages.success(request, _("异议已提交，核查结果会在消息中告知"))
            return redirect("public-notices")
    rows = reviewing.public_on(timezone.localdate()).select_related("organisation__area", "kind")
    mine = Objection.objects.filter(by=request.user.pk).select_related("nomination__organisation", "nomination__kind")
    shown = {
        "rows": rows.order_by("public_to", "pk")[:500], "wrong": wrong, "about_one": about_one, "mine": mine.order_by("-pk")[:20],
        "text": request.POST.get("text", "")[:2000], "contact": request.POST.get("contact", "")[:80],
        "simulated": any(one.simulated for one in rows[:500]),
    }  # fmt: skip
    return render(request, "enterprises/notices.html", shown, status=status)


def reviews(look: Look) -> Card | None:
    """What the user was drawn to review, on his desk; None for who was never drawn."""
    marks = ExpertMark.objects.filter(expert__user=look.user.pk).select_related(
        "nomination__organisation", "nomination__kind"
    )
    if not marks.exists():
        return None
    lines = [
        Line(str(mark.nomination.organisation), reverse("nomination", args=[mark.nomination_id]), said(mark.nomination.kind.name),
             _("待评审"), "amber", simulated=mark.nomination.simulated)
        for mark in marks.filter(state=ExpertMark.State.ASKED, nomination__state=NominationState.REVIEW)[:6]
    ]  # fmt: skip
    return Card(
        _("待我评审"), reverse("nominations") + "?list=mine", lines, empty=_("没有待评审的申报。"), icon="certificate"
    )
