"""Policies: the list, the page of one with whom it reaches and what it costs, the form, the list of whom it reaches."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.terms import said
from qiangqu.base.visibility import is_own_only, reach, visible, within
from qiangqu.records.formpages import RecordForms
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.organisation import OrganisationKind
from qiangqu.registry.roles import Action

from ..forms import PolicyForm
from ..models import Policy, PolicyState
from ..previewing import preview, take_up
from ..publishing import FOUND, POLICIES, change, faults, make
from ..settling import excluded_codes
from ..spec import catalogue
from ..words import in_words, money

# ---------------------------------------------------------------- the form


def _offered(request: HttpRequest) -> Mapping[str, Any]:
    paths = reach(request.user, Action.EDIT_POLICIES)
    bodies = Organisation.objects.filter(
        kind__in=(OrganisationKind.DEPARTMENT, OrganisationKind.GOVERNMENT, OrganisationKind.COMMITTEE)
    )
    return {
        "area": Area.objects.filter(within("path", paths)).exclude(level="county").order_by("code"),
        "body": visible(bodies, request.user).order_by("code"),
    }


FORMS = RecordForms(
    of=FOUND,
    form=PolicyForm,
    list_page="policies",
    template="policies/form.html",
    offered=_offered,
)
new = FORMS.making(
    gettext_lazy("起草惠企政策"),
    make,
    Action.EDIT_POLICIES,
    said=lambda one: _("草稿已保存：下面是它惠及谁、要花多少钱，发布前可以再改"),
)
edit = FORMS.changing(gettext_lazy("修改惠企政策"), change, Action.EDIT_POLICIES)


# ---------------------------------------------------------------- the page


def about(one: Policy, user: Any, open_: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a policy shows."""
    office = not is_own_only(user)
    shown: dict[str, Any] = {
        "record": one,
        "words": in_words(one),
        "limit_year": money(one.budget_year),
        "limit_total": money(one.budget_total),
        "scheme_title": _scheme_title(one),
        "excluded": _titles(excluded_codes(one)),
        "editions": list(visible(Policy.objects.filter(code=one.code), user).exclude(pk=one.pk).order_by("-edition")),
        "acts": [form for form in _forms(one) if open_.get(form["name"].replace("-", "_"))],
        "faults": faults(one) if one.state == PolicyState.DRAFT and open_.get("change") else [],
        "office": office,
        "files": list(one.files.filter(removed_at=None).select_related("by")),
    }
    if office:
        shown["preview"] = preview(one, user)
        shown["take_up"] = take_up(one, user)
    return shown


def _scheme_title(one: Policy) -> str:
    return said(catalogue().schemes.get(one.scheme, one.scheme)) if one.scheme else ""


def _titles(codes: list[str]) -> list[Policy]:
    found: dict[str, Policy] = {}
    for one in Policy.objects.filter(code__in=codes).exclude(published_on=None).order_by("code", "-edition"):
        found.setdefault(one.code, one)
    return list(found.values())


def _forms(one: Policy) -> list[dict[str, Any]]:
    """The acts on a policy as forms: name, heading, fields (name, label, kind, must)."""
    return [
        {"name": "publish", "title": _("发布"), "note": _("发布后不能再改，只能出新版。从当晚起计算符合的企业并告知。"), "fields": []},
        {"name": "settle-now", "title": _("立即计算"), "note": _("不等今晚：现在就找出符合的企业，安排预算并告知。"), "fields": []},
        {"name": "set-budget", "title": _("调整预算"), "fields": [
            ("total", _("总预算（元）"), "text", False), ("year", _("年度预算（元）"), "text", False), ("document", _("依据文号"), "text", True)]},
        {"name": "revise", "title": _("出新版"), "note": _("先是草稿，发布后代替本版；已确认、已核准的仍按本版。"), "fields": []},
        {"name": "stop", "title": _("停止"), "note": _("未确认、未申请的不再享受，已核准的照付。"), "fields": [("why", _("原因"), "text", True)]},
    ]  # fmt: skip


POLICY = RecordPage(
    of=FOUND, acts=POLICIES, action=Action.VIEW_POLICIES, template="policies/policy.html", context=about
)
