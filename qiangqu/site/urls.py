"""All addresses of the site: those of the parts, as their manifests say."""

from django.urls import URLPattern, URLResolver, include, path

from qiangqu.base.part import parts
from qiangqu.site import monitoring
from qiangqu.site.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", monitoring.healthz, name="healthz"),
    path("api/", api.urls),
    path("metrics", monitoring.metrics, name="metrics"),
    *(path("", include(part.reference(part.pages).get())) for part in parts() if part.pages),
]
