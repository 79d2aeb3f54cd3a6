from django.urls import include, path

from . import pages

urlpatterns = [
    path("", pages.desk, name="desk"),
    path("search/", pages.search, name="search"),
    path("i18n/", include("django.conf.urls.i18n")),
]
