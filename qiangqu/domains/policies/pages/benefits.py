"""Benefits: the list of what enterprises may have and have got, and the page of one with its acts."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.roles import Action

from ..desk import TONES
from ..handling import BENEFITS, FOUND, received
from ..models import Benefit, BenefitState
from ..settling import line_of
from ..words import money

S = BenefitState


def about(one: Benefit, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a benefit shows."""
    place = None
    if one.state == S.QUEUED:
        ahead = list(line_of(one.policy).values_list("pk", flat=True))
        place = ahead.index(one.pk) + 1 if one.pk in ahead else None
    return {
        "record": one,
        "tone": TONES[S(one.state)],
        "amount": money(one.amount),
        "kept": money(received(one)),
        "place": place,
        "payments": [(row, money(row.amount)) for row in one.payments.select_related("user")],
        "files": list(one.files.filter(removed_at=None).select_related("by")),
        "acts": [form for form in forms(one) if may[form["name"].replace("-", "_")]],
    }


def forms(one: Benefit) -> list[dict[str, Any]]:
    """The acts on a benefit as forms: name, heading, fields (name, label, kind, must), whether files come along."""
    papers = "、".join(one.policy.asked)
    return [
        {"name": "confirm", "title": _("确认享受"), "note": _("免申即享：确认后直接拨付，不用申请。"), "fields": []},
        {"name": "apply", "title": _("申请"), "note": _("企业信息、条件和金额平台已经填好。") + (_("请附上：%(papers)s") % {"papers": papers} if papers else ""),
         "fields": [("note", _("补充说明"), "text", False)], "files": bool(papers)},
        {"name": "withdraw", "title": _("撤回申请"), "fields": []},
        {"name": "resume", "title": _("恢复享受"), "fields": []},
        {"name": "approve", "title": _("核准"), "note": _("按今天的数据重新核对条件和金额；预算不足的排队。"), "fields": [("opinion", _("意见"), "text", False)]},
        {"name": "send-back", "title": _("退回补正"), "fields": [("why", _("要补正的内容"), "text", True)]},
        {"name": "pay", "title": _("登记拨付"), "fields": [("number", _("拨付凭证号"), "text", True), ("day", _("拨付日期"), "date", True)], "files": True},
        {"name": "take-back", "title": _("登记追回"), "note": _("不改原拨付记录，另记一笔；不填金额即全部追回。"),
         "fields": [("number", _("追回凭证号"), "text", True), ("day", _("日期"), "date", True), ("amount", _("金额（元）"), "text", False), ("why", _("原因"), "text", True)], "files": True},
        {"name": "refuse", "title": _("不予兑现"), "fields": [("why", _("理由"), "text", True)]},
        {"name": "decline", "title": _("放弃"), "fields": [("why", _("原因"), "text", True)]},
    ]  # fmt: skip


BENEFIT = RecordPage(
    of=FOUND, acts=BENEFITS, action=Action.VIEW_POLICIES, template="policies/benefit.html", context=about
)
