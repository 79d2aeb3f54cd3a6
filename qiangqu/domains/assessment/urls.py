from django.urls import path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists

from .listing import ROUNDS_LIST
from .pages import now, rounds, zones

urlpatterns = [
    *lists.urls(ROUNDS_LIST, "assessment", require(Action.VIEW_ASSESSMENT)),
    path("assessment/new", rounds.new, name="assessment-round-new"),
    path("assessment/now", now.now, name="assessment-now"),
    path("assessment/zones/<int:pk>/report.docx", zones.report, name="assessment-zone-report"),
    path("assessment/rounds/<int:pk>/report.docx", rounds.report, name="assessment-round-report"),
    path("assessment/rounds/<int:pk>/compare", rounds.compare, name="assessment-compare"),
    *zones.ZONE.urls("assessment/zones/"),
    *rounds.ROUND.urls("assessment/rounds/"),
]
