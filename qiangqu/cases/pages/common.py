"""What the pages of cases share."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from qiangqu.base.errors import QiangquError
from qiangqu.registry.throttle import TooMany
from qiangqu.ui.formpage import answered, status_of

from ..forms import Form, FormErrors, from_post
from ..formview import fields_of
from ..models import Case, KindVersion
from ..people import supervises


def errors_of(fault: QiangquError) -> Mapping[str, str]:
    """What a form refuses, by field; {} for a fault that is none of its fields'."""
    return fault.errors if isinstance(fault, FormErrors) else {}


def opening_page(
    request: HttpRequest,
    template: str,
    form: Form,
    act: Callable[[Mapping[str, Any]], HttpResponse],
    context: Mapping[str, Any],
    within: str = "",
    offers: Any = None,
) -> HttpResponse:
    """The page of an opening form: ``act(data)`` is done for a POST and answers it; what it refuses is shown
    with the sentence, at its field where it has one, and what was written. ``within`` and ``offers`` are
    those of :func:`.formview.fields_of`.
    """
    data = from_post(form, request.POST) if request.method == "POST" else {}

    def page(error: str = "", errors: Mapping[str, str] | None = None, status: int = 200) -> HttpResponse:
        fields = fields_of(form, data, errors, within, offers)
        return render(request, template, {**context, "fields": fields, "error": error}, status=status)

    def refused(fault: QiangquError) -> HttpResponse:
        return page(str(fault), errors_of(fault), 429 if isinstance(fault, TooMany) else status_of(fault))

    return answered(lambda: act(data), refused) if request.method == "POST" else page()


def rights(user: Any, case: Case, version: KindVersion) -> Mapping[str, bool]:
    """What the user may do with the whole case."""
    from ..kinds import ready

    steers = supervises(user, case)
    opener = case.opened_by_id == user.pk
    return {
        "steer": steers,
        "urge": case.status == "open" and (steers or opener),
        "withdraw": case.running and (steers or (opener and bool(ready(version).definition.raw.get("withdraw", True)))),
    }
