"""The shell, the registers, the plan's pages and its JSON: what the tests of pages and API need, whatever
other parts exist.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from ninja import NinjaAPI
from ninja.security import django_auth

from qiangqu.base.errors import NotFoundError, QiangquError
from qiangqu.plan.api import router

api = NinjaAPI(urls_namespace="plan-tests", auth=django_auth)
api.add_router("", router)


@api.exception_handler(QiangquError)
def _explain(request: HttpRequest, error: QiangquError) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=404 if isinstance(error, NotFoundError) else 422)


urlpatterns = [
    path("", include("qiangqu.ui.urls")),
    path("", include("qiangqu.registry.urls")),
    path("", include("qiangqu.messaging.urls")),
    path("", include("qiangqu.records.urls")),
    path("", include("qiangqu.cases.urls")),
    path("", include("qiangqu.plan.urls")),
    path("api/", api.urls),
]
