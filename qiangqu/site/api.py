"""The JSON API: every part's router under ``/api/v1/``, OpenAPI at ``/api/docs``.

A caller is known by the session of the site or by ``Authorization: Bearer <token>`` (a token that a user
makes for himself and that can do what he can).
"""

import logging
from typing import Any

from django.db.utils import IntegrityError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.security import HttpBearer, django_auth

from qiangqu.base.errors import QiangquError
from qiangqu.base.part import parts
from qiangqu.registry.tokens import user_of_token
from qiangqu.ui.conflicts import OUT_OF_RANGE, for_people

log = logging.getLogger(__name__)


class TokenAuth(HttpBearer):
    """Bearer token of a user; the request then acts as that user."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        user = user_of_token(token)
        if user is not None:
            request.user = user
        return user


api = NinjaAPI(
    title="强区 Qiangqu",
    version="1.0",
    description="每个页面显示的内容都可经接口取得；权限与网页一致。",
    auth=[TokenAuth(), django_auth],
    docs_url="/docs",
    openapi_url="/openapi.json",
    urls_namespace="api",
)


@api.exception_handler(QiangquError)
def _explain_error(request: HttpRequest, error: QiangquError) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=error.status)


def _explain_refusal(request: HttpRequest, error: Any) -> HttpResponse:
    told = for_people(error)
    if told is None:
        raise error
    log.warning("%s %s: %s", request.method, request.path[:200], told, exc_info=error)
    return _explain_error(request, told)


for _kind in (IntegrityError, ValueError, *OUT_OF_RANGE):
    api.add_exception_handler(_kind, _explain_refusal)

for _part in parts():
    if _part.api is not None:
        api.add_router(f"/v1{_part.api.prefix}", _part.reference(_part.api.router).get(), tags=[_part.api.tag])
