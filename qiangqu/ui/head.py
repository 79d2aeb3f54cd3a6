"""Whatever answers GET answers HEAD: with the same status and headers, and no body (RFC 9110, 9.3.2)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse


class HeadMiddleware:
    """Views know GET only; a HEAD passes through them as one and loses its body on the way out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = request.META["REQUEST_METHOD"] = "GET"
        try:
            full: Any = self.get_response(request)
        finally:
            request.method = request.META["REQUEST_METHOD"] = "HEAD"
        bare: Any = HttpResponse(status=full.status_code, reason=full.reason_phrase)
        del bare.headers["Content-Type"]
        for name, value in full.headers.items():
            bare.headers[name] = value
        bare.cookies = full.cookies
        if "Content-Length" not in bare.headers and not full.streaming:
            bare.headers["Content-Length"] = str(len(full.content))
        # files of the full answer are closed with the bare one
        bare._resource_closers.append(full.close)
        return bare
