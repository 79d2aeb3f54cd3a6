from django.urls import path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui.lists import urls

from . import pages

urlpatterns = [
    path("federation/", pages.tree, name="federation"),
    path("federation/nodes/<str:code>/", pages.node, name="federation-node"),
    *urls(pages.LOG, "federation/log/", require(Action.VIEW_NODES)),
    *urls(pages.BOX, "federation/conflicts/", require(Action.SETTLE_CONFLICTS)),
    path("federation/conflicts/<int:pk>/", pages.conflict, name="federation-conflict"),
]
