from django.urls import path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists

from .listing import ROUNDS_LIST
from .pages import rounds, zones

urlpatterns = [
    *lists.urls(ROUNDS_LIST, "assessment", require(Action.VIEW_ASSESSMENT)),
    path("assessment/new", rounds.new, name="assessment-round-new"),
    *zones.ZONE.urls("assessment/zones/"),
    *rounds.ROUND.urls("assessment/rounds/"),
]
