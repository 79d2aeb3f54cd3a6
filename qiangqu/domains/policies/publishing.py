"""A policy is drafted, looked at, published; its budget is raised; it is stopped, or replaced by a new edition."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import covers
from qiangqu.records.acts import Act, Acts
from qiangqu.records.finding import Findable
from qiangqu.registry.roles import Action

from . import budget
from .models import Benefit, BenefitState, Policy, PolicyState
from .settling import Settled, pays, settle
from .spec import MOST_YUAN, benefit_of, scheme_of

FOUND = Findable(
    model=Policy,
    page="policy",
    related=("area", "body", "origin"),
    search=("title", "code", "document"),
    detail=lambda one: f"{one.get_mode_display()} · {one.get_state_display()}",
)
POLICIES = Acts(
    Policy,
    "policy",
    may=lambda user, one: covers(user, one.area.path, Action.EDIT_POLICIES),
    related=("area",),
)


def money(text: str, what: str) -> int | None:
    """Yuan that somebody wrote, as whole 分; None for nothing. Raises InputError."""
    written = text.strip().replace(",", "").replace("，", "")
    if not written:
        return None
    try:
        found = Decimal(written)
    except InvalidOperation:
        raise InputError(_("请填写金额（元），如 400000 或 1200.50"), where=what) from None
    if not found.is_finite() or not 0 <= found <= MOST_YUAN * 10 or found != round(found, 2):
        raise InputError(_("金额应不小于 0，最多两位小数"), where=what)
    return int(found * 100)


def faults(policy: Policy) -> list[str]:
    """Why a draft cannot be published yet."""
    found = []
    try:
        scheme_of(policy, timezone.localdate(), check=True)
    except InputError as error:
        found.append(str(error))
        return found
    way = benefit_of(policy).way
    if policy.starts_on is None:
        found.append(_("请填写执行起"))
    if policy.body_id is None:
        found.append(_("请填写责任单位"))
    if way != "unknown" and policy.budget_total is None and policy.budget_year is None:
        found.append(_("请填写总预算或年度预算"))
    return found


def make(policy: Policy, user: Any) -> Policy:
    """A new draft. Raises InputError for what is wrong with it and for a code that there is."""
    if not covers(user, policy.area.path, Action.EDIT_POLICIES):
        raise InputError(_("适用区域不在您的管辖范围内"), where=_("适用区域"))
    if Policy.objects.filter(code=policy.code).exists():
        raise InputError(_("政策代码已经有了"), where=policy.code)
    scheme_of(policy, timezone.localdate(), check=True)
    with transaction.atomic():
        policy.save()
        POLICIES.log(user, "made", policy)
    return policy


@POLICIES.declare("changed", gettext_lazy("修改惠企政策"), states=(PolicyState.DRAFT,), own_page=True)
def change(act: Act[Policy], written: Policy, revision: int) -> Policy:
    """Change a draft. Raises InputError for what is wrong with it."""
    act.still_at(revision)
    if not covers(act.user, written.area.path, Action.EDIT_POLICIES):
        raise InputError(_("适用区域不在您的管辖范围内"), where=_("适用区域"))
    scheme_of(written, timezone.localdate(), check=True)
    written.revision = revision + 1
    written.save()
    act.record = written
    return written


def _not_ready(one: Policy) -> str:
    return "；".join(str(fault) for fault in faults(one))


@POLICIES.declare(
    "published",
    gettext_lazy("发布惠企政策"),
    states=(PolicyState.DRAFT,),
    stands=_not_ready,
    said=gettext_lazy("已发布：每晚计算符合的企业并告知"),
)
def publish(act: Act[Policy]) -> Policy:
    """From today on it holds; the edition before it stops, and its budget goes on with the new limits."""
    one, today = act.record, timezone.localdate()
    before = Policy.objects.select_for_update().filter(code=one.code, state=PolicyState.PUBLISHED).first()
    if before is not None:
        before.state, before.ended_on = PolicyState.ENDED, today
        before.ended_why = str(_("由第 %(n)s 版代替") % {"n": one.edition})
        before.revision += 1
        before.save()
    if pays(one):
        budget.opened(one, today.year)
    one.state, one.published_on, one.revision = PolicyState.PUBLISHED, today, one.revision + 1
    one.save()
    act.detail |= {"edition": one.edition}
    return one


@POLICIES.declare(
    "settled_now",
    gettext_lazy("立即计算惠企政策"),
    name="settle_now",
    states=(PolicyState.PUBLISHED,),
    stands=lambda one: "" if pays(one) else _("标准或预算未查到，不能安排"),
    said=lambda made: (
        _("已计算：新增 %(new)s 家，安排 %(arranged)s 家，排队 %(waiting)s 家，告知 %(told)s 家")
        % {"new": made.new, "arranged": made.arranged, "waiting": made.waiting, "told": made.told}
        if made is not None
        else _("还没有到执行日期")
    ),
)
def settle_now(act: Act[Policy]) -> Settled | None:
    """What the night does, now."""
    act.nothing = True  # the settlement has its own entry
    return settle(act.record, timezone.localdate())


@POLICIES.declare(
    "budgeted",
    gettext_lazy("调整惠企政策预算"),
    name="set_budget",
    states=(PolicyState.PUBLISHED,),
    said=gettext_lazy("预算已调整"),
)
def set_budget(act: Act[Policy], total: str, year: str, document: str) -> Policy:
    """Other limits, by a paper; not below what is held. Those who wait get theirs the next night."""
    one = act.record
    if not document.strip():
        raise InputError(_("请填写%(what)s") % {"what": _("依据文号")}, where=_("依据文号"))
    act.detail |= {"before": [one.budget_total, one.budget_year], "document": document[:120]}
    one.budget_total, one.budget_year = money(total, _("总预算")), money(year, _("年度预算"))
    if one.budget_total is None and one.budget_year is None:
        raise InputError(_("请填写总预算或年度预算"), where=_("总预算"))
    budget.opened(one, timezone.localdate().year)
    one.revision += 1
    one.save()
    act.detail["after"] = [one.budget_total, one.budget_year]
    return one


@POLICIES.declare(
    "stopped",
    gettext_lazy("停止惠企政策"),
    states=(PolicyState.DRAFT, PolicyState.PUBLISHED),
    said=gettext_lazy("已停止；已确认、已核准的照付"),
)
def stop(act: Act[Policy], why: str) -> Policy:
    """No more is found or offered; what is approved is still paid. Raises InputError without a reason."""
    one, today = act.record, timezone.localdate()
    if not why.strip():
        raise InputError(_("请填写%(what)s") % {"what": _("原因")}, where=_("原因"))
    open_ = Benefit.objects.select_for_update().filter(
        code=one.code, examined=False, state__in=(BenefitState.FOUND, BenefitState.QUEUED, BenefitState.OFFERED)
    )
    if one.published_on is not None:
        for row in open_:
            if row.state == BenefitState.OFFERED:
                budget.release(row.code, row.year, row.amount)
            row.state = BenefitState.LAPSED
            row.save(update_fields=["state"])
    one.state, one.ended_on, one.ended_why, one.revision = PolicyState.ENDED, today, why.strip()[:300], one.revision + 1
    one.save()
    act.detail["why"] = one.ended_why
    return one


def _no_draft(one: Policy) -> str:
    drafts = Policy.objects.filter(code=one.code, state=PolicyState.DRAFT)
    return _("已经有一份新版草稿") if drafts.exists() else ""


@POLICIES.declare(
    "revised",
    gettext_lazy("修订惠企政策"),
    states=(PolicyState.PUBLISHED, PolicyState.ENDED),
    stands=_no_draft,
    said=gettext_lazy("已建新版草稿：改好后发布，原版随即停止"),
)
def revise(act: Act[Policy]) -> Policy:
    """A draft of the next edition, as the last one is."""
    last = Policy.objects.filter(code=act.record.code).order_by("-edition").first()
    one = Policy.objects.get(pk=act.record.pk)
    one.pk, one.state, one.published_on = None, PolicyState.DRAFT, None
    one._state.adding = True
    one.uid = Policy._meta.get_field("uid").get_default()
    one.edition = (last.edition if last is not None else one.edition) + 1
    one.ended_on, one.ended_why, one.revision = None, "", 0
    one.save()
    act.detail["edition"] = one.edition
    return one
