"""All addresses of the site: the only place that knows every part."""

from django.urls import URLPattern, URLResolver, include, path

from qiangqu.site import monitoring

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", monitoring.healthz, name="healthz"),
    path("metrics", monitoring.metrics, name="metrics"),
    path("", include("qiangqu.ui.urls")),
    path("", include("qiangqu.registry.urls")),
    path("", include("qiangqu.facts.urls")),
    path("", include("qiangqu.plan.urls")),
    path("", include("qiangqu.domains.environment.urls")),
]
