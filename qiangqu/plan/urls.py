from django.urls import path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists

from .listing import DOCUMENTS, SUPERVISION
from .pages import briefing, cockpit, documents, measures, supervision, targets

urlpatterns = [
    path("cockpit", cockpit.cockpit, name="cockpit"),
    path("plan/targets", targets.targets, name="plan-targets"),
    path("plan/targets/<str:code>", targets.target, name="plan-target"),
    path("plan/targets/<str:code>/edit", targets.edit, name="plan-target-edit"),
    path("plan/targets/<str:code>/divide", targets.divide, name="plan-target-divide"),
    path("plan/targets/<str:code>/contributors", targets.target_contributors, name="plan-target-contributors"),
    path("plan/measures", measures.measures, name="plan-measures"),
    path("plan/measures/<int:no>", measures.measure, name="plan-measure"),
    path("plan/units", measures.units, name="plan-units"),
    path("plan/units/<str:code>", measures.unit, name="plan-unit"),
    *lists.urls(DOCUMENTS, "plan/documents", require(Action.EDIT_PLAN), view=documents.documents),
    path("plan/documents/uploads", documents.uploads_progress, name="plan-uploads"),
    path("plan/documents/<int:pk>", documents.document, name="plan-document"),
    path("plan/documents/<int:pk>/items/<int:item_pk>", documents.item, name="plan-item"),
    path("plan/documents/<int:pk>/add", documents.add, name="plan-item-add"),
    path("plan/documents/<int:pk>/accept-sure", documents.accept_sure, name="plan-accept-sure"),
    path("plan/documents/<int:pk>/apply", documents.apply, name="plan-apply"),
    *lists.urls(SUPERVISION, "plan/supervision", require(Action.VIEW_PLAN)),
    path("plan/supervision/units", supervision.scoreboard, name="plan-scoreboard"),
    path("plan/supervision/bulletin.docx", supervision.bulletin, name="plan-bulletin"),
    path("plan/targets/<str:code>/supervise", supervision.supervise_target, name="plan-target-supervise"),
    path("plan/measures/<int:no>/supervise", supervision.supervise_measure, name="plan-measure-supervise"),
    path("plan/supervise/<str:subject>", supervision.supervise, name="plan-supervise"),
    path("plan/briefing", briefing.briefing, name="plan-briefing"),
    path("plan/briefing.docx", briefing.briefing_file, name="plan-briefing-file"),
]
