"""One exceedance and its verdict; what is behind a permit-year total."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiangqu.base.numbers import natural
from qiangqu.registry.access import require
from qiangqu.registry.showing import page
from qiangqu.ui import versions
from qiangqu.ui.formpage import form_page
from qiangqu.ui.lists import Asked

from .. import totals
from ..judging import VERDICTS, judge, may_judge, verdict
from ..queries import AVERAGE_WORDS, exceedance_of, year_of


@require_http_methods(["GET", "POST"])
@require()
def exceedance(request: HttpRequest, pk: int) -> HttpResponse:
    """One exceedance; zone staff say whether it stands."""
    with versions.writing(request):
        one = exceedance_of(request.user, pk)
        editable = may_judge(request.user, one)
        if request.method == "POST" and not editable:
            raise PermissionDenied
        now = {_("结论"): str(one.get_state_display()), _("说明"): one.note}

        def act() -> HttpResponse:
            state, note = verdict(request.POST.get("state", ""), request.POST.get("note", ""))
            said = {_("结论"): str(state.label), _("说明"): note}
            versions.check(request.POST, now, said, str(one.handled_by or ""))
            judge(one, state, note, request.user)
            return redirect("environment-exceedance", pk=pk)

        context = {
            "one": one,
            "average": AVERAGE_WORDS.get(one.average, one.average),
            "editable": editable,
            "opened": versions.token(now),
            "states": VERDICTS,
            "simulated": one.channel.place.simulated,
            "given": request.POST,
        }
        return form_page(request, "environment/exceedance.html", act, lambda: context)


@page("environment/total.html")
def total(asked: Asked, enterprise: str, factor: str, year: int) -> dict[str, Any]:
    """One total: by outlet and month, and the days of a month."""
    found = totals.opened(asked.user, enterprise, factor, year_of(str(year), asked.today))
    month = natural(asked.params.get("month"), most=12, least=1)
    days = found.days_of(month) if month else ()
    return {"total": found, "month": month, "days": days, "simulated": found.simulated}
