"""The page of a doubt."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from qiangqu.base.visibility import covers
from qiangqu.plan.supervision import may_supervise
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.roles import Action
from qiangqu.ui.lists.links import Open

from .handling import DOUBTS, FOUND
from .models import Doubt
from .words import claim_of, partners, pictures, precision_words, reason, witnesses


def about(one: Doubt, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page shows; of how the doubt came about the enterprise itself is shown the same as who asks."""
    checks = covers(user, one.organisation.area.path, Action.CROSSCHECK)
    others = partners(one) if checks else []
    return {
        "record": one,
        "reason": reason(one),
        "claim": claim_of(one),
        "witnesses": witnesses(one),
        "partners": others,
        "leads": Open(user, others),
        "charts": pictures(one),
        "checks": checks,
        "subject": f"crosscheck:{one.pk}",
        "may_supervise": checks and may_supervise(user, one.organisation.area),
        "precision": precision_words(Doubt.objects.filter(what=one.what)) if checks else "",
        "files": list(one.files.filter(removed_at=None).select_related("by")),
        "acts": [form for form in forms() if may[form["name"]]],
    }


def forms() -> list[dict[str, Any]]:
    """The acts on a doubt: name, heading, fields (name, label, kind, must), whether files come along."""
    until = ("until", _("期限"), "date", False)
    return [
        {"name": "take", "title": _("承办"), "fields": [until]},
        {"name": "ask", "title": _("询问企业"), "fields": [("question", _("询问内容"), "text", True), until], "files": True},
        {"name": "answer", "title": _("企业说明"), "fields": [("text", _("说明"), "text", True)], "files": True},
        {"name": "confirm", "title": _("属实"), "fields": [("reason", _("查明的情况"), "text", True)], "files": True},
        {"name": "dismiss", "title": _("误报"), "fields": [("reason", _("怎样解释得通"), "text", True)], "files": True},
    ]  # fmt: skip


DOUBT = RecordPage(of=FOUND, acts=DOUBTS, action=Action.VIEW, template="crosscheck/doubt.html", context=about)
