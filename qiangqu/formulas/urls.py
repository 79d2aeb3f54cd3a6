from django.urls import path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists

from . import comparison, ranking
from .listing import INDICATORS
from .pages import indicators

urlpatterns = [
    *lists.urls(INDICATORS, "indicators", require(Action.VIEW_PLAN)),
    path("indicators/new", indicators.edit, name="indicator-new"),
    *lists.urls(comparison.COMPARISON, "areas/compared", require(Action.VIEW_PLAN)),
    *lists.urls(ranking.RANKING, "indicators/records", require(Action.VIEW_PLAN)),
    path("indicators/<str:code>", indicators.indicator, name="indicator-detail"),
    path("indicators/<str:code>/edit", indicators.edit, name="indicator-edit"),
    path("indicators/<str:code>/explain", indicators.explained, name="indicator-explain"),
]
