"""All addresses of the site: the only place that knows every part."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("qiangqu.ui.urls")),
    path("", include("qiangqu.registry.urls")),
]
