from django.urls import path

from . import pages

urlpatterns = [
    path("ladders", pages.ladders, name="ladders"),
    path("ladders/<str:code>", pages.ladders_of, name="ladders-of"),
]
