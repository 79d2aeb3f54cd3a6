"""Checking the chain of the audit trail from the browser."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiangqu.base.errors import InputError

from .. import audit
from ..access import require
from ..models import AuditEntry
from ..models.node import HERE
from ..roles import Action

#: entries that are checked within a request (some 20,000 a second); more are for the command
MOST_ENTRIES = 200_000


@require_http_methods(["GET", "POST"])
@require(Action.READ_AUDIT)
def verify(request: HttpRequest) -> HttpResponse:
    """How long the chain is and when it was last checked; POST walks it and says whether it holds."""
    chain = AuditEntry.objects.filter(origin=HERE)
    checks = chain.filter(action="audit_verified").select_related("user").order_by("-id")
    context: dict[str, Any] = {"entries": chain.count(), "last": checks.first(), "checked": False}
    if request.method == "POST":
        if context["entries"] > MOST_ENTRIES:
            raise InputError(_("审计记录很多，请在服务器上用 qiangqu audit verify 核对"))
        count, fault = audit.verify()
        audit.record(
            request.user, "audit_verified", object_type="node", detail={"entries": count, "fault": fault or ""}
        )
        context |= {"checked": True, "count": count, "fault": fault, "last": checks.first()}
    return render(request, "registry/audit_verify.html", context)
