from django.urls import path

from .pages import indicators

urlpatterns = [
    path("indicators", indicators.indicators, name="indicators"),
    path("indicators/new", indicators.edit, name="indicator-new"),
    path("indicators/<str:code>", indicators.indicator, name="indicator-detail"),
    path("indicators/<str:code>/edit", indicators.edit, name="indicator-edit"),
    path("indicators/<str:code>/explain", indicators.explained, name="indicator-explain"),
]
