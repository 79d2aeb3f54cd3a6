"""What was done to a case, in words, as its page and the JSON tell it."""

from typing import Any

from django.utils.translation import gettext as _

from qiangqu.base.terms import listed
from qiangqu.registry.audit import ACTION_WORDS
from qiangqu.registry.models import AuditEntry

from .models import Case

HISTORY = 100  # entries told


def history(one: Case) -> list[dict[str, Any]]:
    """The last entries of the audit trail about the case, in words."""
    found = AuditEntry.objects.filter(object_type="case", object_id=one.number).select_related("user").order_by("-id")
    lines = []
    for entry in found[:HISTORY]:
        detail = entry.detail
        parts = [str(detail[key]) for key in ("step", "timer") if detail.get(key)]
        if detail.get("to"):
            parts.append(f"→ {detail['to']}")
        if detail.get("users"):
            parts.append("→ " + listed(map(str, detail["users"])))
        if detail.get("next"):
            parts.append(_("下一步：%(steps)s") % {"steps": listed(map(str, detail["next"]))})
        text = str(detail.get("reason") or detail.get("opinion") or detail.get("text") or "")
        lines.append(
            {
                "entry": entry,
                "word": ACTION_WORDS.get(entry.action, entry.action),
                "what": "，".join(parts),
                "text": text,
            }
        )
    return lines
