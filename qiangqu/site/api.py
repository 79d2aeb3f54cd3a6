"""The JSON API: every part's router under ``/api/v1/``, OpenAPI at ``/api/docs``.

A caller is known by the session of the site or by ``Authorization: Bearer <token>`` (a token that a user
makes for himself and that can do what he can).
"""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.utils import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.security import HttpBearer, django_auth

from qiangqu.base.errors import QiangquError
from qiangqu.base.part import parts
from qiangqu.registry.tokens import user_of_token
from qiangqu.ui.conflicts import OUT_OF_RANGE, for_people

from .api_errors import CSRF, sentence

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


@api.exception_handler(HttpError)
def _explain_status(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework says in English of its own is said in a sentence; operations bring theirs."""
    told = str(error)
    if told == "CSRF check Failed":
        told = str(CSRF)
    elif told.isascii():
        told = sentence(error.status_code)
    return api.create_response(request, {"detail": told}, status=error.status_code)


@api.exception_handler(PermissionDenied)
def _explain_denial(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return api.create_response(request, {"detail": str(error) or sentence(403)}, status=403)


@api.exception_handler(Http404)
def _explain_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return api.create_response(request, {"detail": sentence(404)}, status=404)


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
