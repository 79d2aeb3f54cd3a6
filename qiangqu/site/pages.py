"""The site's own page: what is wrong with this node."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action

from .doctor import STATE_WORDS, WARNING, examined, severity

BADGES = {"ok": "done", "warning": "at_risk", "error": "off_track", "skipped": "no_data"}


@require_GET
@require(Action.WATCH_NODE)
def node_doctor(request: HttpRequest) -> HttpResponse:
    """What ``qiangqu doctor`` finds, but for what asks other machines."""
    now = timezone.now()
    results = examined(now)
    findings = [finding for one in results for finding in one.findings]
    context = {
        "now": now,
        "rows": [
            (
                one.check.title,
                BADGES[one.state],
                STATE_WORDS[one.state],
                [(STATE_WORDS[severity(each)], each) for each in one.findings],
            )
            for one in results
        ],
        "errors": sum(one.is_error for one in findings),
        "warnings": sum(severity(one) == WARNING for one in findings),
    }
    return render(request, "site/doctor.html", context)
