"""All addresses of the site: the only place that knows every part."""

from django.urls import URLPattern, URLResolver, include, path

from qiangqu.site import monitoring
from qiangqu.site.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", monitoring.healthz, name="healthz"),
    path("api/", api.urls),
    path("metrics", monitoring.metrics, name="metrics"),
    path("", include("qiangqu.ui.urls")),
    path("", include("qiangqu.registry.urls")),
    path("", include("qiangqu.messaging.urls")),
    path("", include("qiangqu.facts.urls")),
    path("", include("qiangqu.formulas.urls")),
    path("", include("qiangqu.cases.urls")),
    path("", include("qiangqu.plan.urls")),
    path("", include("qiangqu.telemetry.urls")),
    path("", include("qiangqu.domains.environment.urls")),
    path("", include("qiangqu.domains.office.urls")),
]
