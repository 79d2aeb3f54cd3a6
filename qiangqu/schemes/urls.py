from django.urls import path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists

from . import drafting, pages
from .listing import RESULTS, SCHEMES

urlpatterns = [
    *lists.urls(SCHEMES, "schemes", require(Action.VIEW_SCHEMES)),
    *lists.urls(RESULTS, "schemes/results", require(Action.VIEW_SCHEMES)),
    path("schemes/<str:code>", pages.scheme, name="scheme"),
    path("schemes/<str:code>/weights", pages.sensitivity, name="scheme-weights"),
    path("schemes/<str:code>/edit", drafting.edit, name="scheme-edit"),
    path("schemes/<str:code>/of/<str:who>/answers", pages.answer, name="scheme-answer"),
    path("schemes/<str:code>/of/<str:who>", pages.subject, name="scheme-subject"),
]
