from django.urls import include, path

from . import pages

urlpatterns = [
    path("", pages.desk, name="desk"),
    path("search/", pages.search, name="search"),
    path("maps/<str:province>/<str:sha256>.json", pages.map_layer, name="map-layer"),
    path("i18n/", include("django.conf.urls.i18n")),
]
