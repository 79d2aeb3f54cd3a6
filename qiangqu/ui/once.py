"""One form sent several times is one act: repeats land where the first did.

Every form that ``{% csrf_token %}`` stands in carries a number of its own
(:mod:`qiangqu.ui.templatetags.once`). The first request with it notes the number before the view runs; what
the view answered is noted with it, and the same form with the same content gets the same answer. An answer
that refuses (4xx, 5xx) or that only shows a page forgets the number, so what was refused can be mended and
sent again. A page that shows what was made once (a code, a token) says so by :func:`keep`. Programs send
``Idempotency-Key``.
"""

import datetime as dt
import hashlib
import json
import re
import time
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.crypto import decrypt, encrypt
from qiangqu.base.errors import ConflictError

from .middleware import error_page
from .models import Submission
from .uploads import content_of

FIELD, HEADER = "_once", "Idempotency-Key"
KEPT = dt.timedelta(days=2)
PATIENCE = 10.0  # seconds that a repeat waits for the first to end
LARGEST = 400_000
_NUMBER = re.compile(r"[\x21-\x7e]{8,100}")
_KEPT_HEADERS = ("Content-Type", "Location", "HX-Redirect", "HX-Refresh", "HX-Location", "HX-Trigger")
#: signing in and out are acts on the session, not on records
_NEVER = ("login", "logout", "set_language")


def keep(response: HttpResponse) -> HttpResponse:
    """Mark an answer of status 200 as the result of an act: a repeat gets the same page again (it is kept
    encrypted for :data:`KEPT`).
    """
    response.kept_for_repeats = True  # type: ignore[attr-defined]
    return response


def _digest(request: HttpRequest, number: str) -> str:
    """What the number, the user and the content of the form make together."""
    found = hashlib.sha256(f"{number}\0{request.user.pk or 0}\0{request.method}\0{request.path}\0".encode())
    if request.content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        for key in sorted(request.POST):
            if key not in (FIELD, "csrfmiddlewaretoken"):
                found.update(json.dumps([key, request.POST.getlist(key)]).encode())
        for key, name, chunks in content_of(request):
            found.update(json.dumps([key, name]).encode())
            for chunk in chunks:
                found.update(chunk)
    else:
        found.update(request.body)
    return found.hexdigest()


class OnceMiddleware:
    """See the module. It stands after the check of the form's origin and after the user is known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        held = getattr(request, "_submission", None)
        if held is not None:
            _note(held, request, response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.method != "POST" or (request.resolver_match and request.resolver_match.url_name in _NEVER):
            return None
        number = request.headers.get(HEADER) or request.POST.get(FIELD, "")
        if not _NUMBER.fullmatch(number):
            return None
        key = _digest(request, number)
        deadline = time.monotonic() + PATIENCE
        while True:
            held = _claim(key)
            if held is not None:
                request._submission = held  # type: ignore[attr-defined]
                return None
            known = Submission.objects.filter(key=key).first()
            if known is not None and known.done_at is not None:
                return _again(known)
            if known is not None and time.monotonic() > deadline:
                return error_page(
                    request,
                    ConflictError(_("同样的内容已经提交过，还没有得到结果；请先核对是否已保存，再重新打开表单")),
                )
            time.sleep(0.1)


def _claim(key: str) -> Submission | None:
    now = timezone.now()
    try:
        with transaction.atomic():
            made = Submission.objects.create(key=key, at=now)
    except IntegrityError:
        return None
    Submission.objects.filter(at__lt=now - KEPT).delete()
    return made


def _note(held: Submission, request: HttpRequest, response: HttpResponse) -> None:
    """Keep the answer for repeats, or forget the number."""
    redirected = 300 <= response.status_code < 400 and response.headers.get("Location", "").find("/accounts/login/") < 0
    told = getattr(response, "kept_for_repeats", False) or response.status_code in (201, 202, 204)
    told = told or (HEADER in request.headers and 200 <= response.status_code < 300)
    body = "" if response.streaming or not told else response.content.decode(errors="replace")
    if response.streaming or not (redirected or told) or len(body) > LARGEST:
        held.delete()
        return
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    held.answer = encrypt(json.dumps({"status": response.status_code, "headers": headers, "body": body}))
    held.done_at = timezone.now()
    held.save(update_fields=["answer", "done_at"])


def _again(known: Submission) -> HttpResponse:
    kept = json.loads(decrypt(known.answer))
    response = HttpResponse(kept["body"], status=kept["status"])
    for name, value in kept["headers"].items():
        response.headers[name] = value
    response.headers["X-Repeated"] = "1"
    return response
