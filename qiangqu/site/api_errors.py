"""Whatever goes wrong under ``/api/`` is answered in JSON, ``{"detail": one sentence}``: also what is refused before
or after an operation is asked (an unknown address, a method, a login, a failure of the program).

The operations' own errors come here as JSON already (``site/api.py``); this middleware looks at what is left.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

#: one sentence a status; others say Python's own phrase for it
SENTENCES = {
    400: gettext_lazy("请求不成样子，请核对地址、参数和内容"),
    401: gettext_lazy("请先登录，或在请求头 Authorization 里带上有效的接口令牌"),
    403: gettext_lazy("您的角色不能做这件事；如确有需要，请联系系统管理员。"),
    404: pgettext_lazy("api", "没有这个地址或这条记录，或者它不在您的管辖范围内"),
    405: gettext_lazy("这个地址不接受这种请求方法，可用的方法见响应头 Allow"),
    413: gettext_lazy("发送的内容太大"),
    429: gettext_lazy("请求太多，请稍后再试"),
    500: gettext_lazy("服务器出错，请稍后重试；问题已记入日志"),
    503: gettext_lazy("暂时不能服务，请稍后再试"),
}
CSRF = gettext_lazy("会话请求没有通过防伪校验：程序请改用接口令牌，网页脚本请带上 X-CSRFToken")
#: what is said of the body and so no longer holds for another one
OF_THE_BODY = ("Content-Type", "Content-Length", "Content-Language", "Content-Encoding", "ETag")


def sentence(status: int) -> str:
    """What a status means, in the language of the request."""
    known = SENTENCES.get(status)
    if known is not None:
        return str(known)
    try:
        return _("请求没有完成：%(why)s") % {"why": HTTPStatus(status).phrase}
    except ValueError:
        return _("请求没有完成：%(why)s") % {"why": status}


class ApiErrorsMiddleware:
    """Turns an error page under ``/api/`` into JSON; keeps the status and headers (Allow, Retry-After …)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            response.status_code < 400
            or not request.path.startswith("/api/")
            or ("json" in response.headers.get("Content-Type", ""))
        ):
            return response
        if settings.DEBUG and response.status_code >= 500:
            return response
        # the answer of an outer layer, or of a page: which language was asked for is read anew
        with translation.override(translation.get_language_from_request(request)):
            made = JsonResponse({"detail": sentence(response.status_code)}, status=response.status_code)
        for name, value in response.headers.items():
            if name not in OF_THE_BODY:
                made.headers[name] = value
        made.cookies = response.cookies
        return made
