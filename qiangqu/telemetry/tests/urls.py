"""The pages and the JSON of this part on their own, whatever other parts exist."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from ninja import NinjaAPI
from ninja.security import django_auth

from qiangqu.base.errors import ConflictError, NotFoundError, QiangquError
from qiangqu.telemetry.api_devices import router

api = NinjaAPI(urls_namespace="telemetry-tests", auth=django_auth)
api.add_router("/v1/telemetry", router)


@api.exception_handler(QiangquError)
def _explain(request: HttpRequest, error: QiangquError) -> HttpResponse:
    status = 404 if isinstance(error, NotFoundError) else 409 if isinstance(error, ConflictError) else 422
    return api.create_response(request, {"detail": str(error)}, status=status)


urlpatterns = [
    path("", include("qiangqu.ui.urls")),
    path("", include("qiangqu.registry.urls")),
    path("", include("qiangqu.telemetry.urls")),
    path("", include("qiangqu.domains.environment.urls")),
    path("api/", api.urls),
]
