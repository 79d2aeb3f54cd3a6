from django.urls import path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists

from .pages import benefits, firms, policies

urlpatterns = [
    *lists.urls(policies.POLICY_LIST, "policies", require(Action.VIEW_POLICIES)),
    path("policies/new", policies.new, name="policy-new"),
    *lists.urls(benefits.BENEFIT_LIST, "policies/benefits", require(Action.VIEW_POLICIES)),
    *benefits.BENEFIT.urls("policies/benefits/"),
    path("policies/of", firms.mine, name="policies-of-firm"),
    path("policies/of/<str:code>", firms.of, name="policies-of"),
    path("policies/<int:pk>/edit", policies.edit, name="policy-edit"),
    path("policies/<int:pk>/of/<str:code>", firms.policy_for, name="policy-for"),
    *lists.urls(policies.REACH, "policies/reach", require(Action.VIEW_POLICIES)),
    *policies.POLICY.urls("policies/"),
]
