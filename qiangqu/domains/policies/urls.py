from django.urls import path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists

from .listing import BENEFIT_LIST, POLICY_LIST, REACH
from .pages import benefits, effects, firms, policies

urlpatterns = [
    *lists.urls(POLICY_LIST, "policies", require(Action.VIEW_POLICIES)),
    path("policies/new", policies.new, name="policy-new"),
    *lists.urls(BENEFIT_LIST, "policies/benefits", require(Action.VIEW_POLICIES)),
    *benefits.BENEFIT.urls("policies/benefits/"),
    path("policies/of", firms.mine, name="policies-of-firm"),
    path("policies/of/<str:code>", firms.of, name="policies-of"),
    path("policies/<int:pk>/edit", policies.edit, name="policy-edit"),
    path("policies/<int:pk>/effect", effects.effect, name="policy-effect"),
    path("policies/<int:pk>/of/<str:code>", firms.policy_for, name="policy-for"),
    *lists.urls(REACH, "policies/reach", require(Action.VIEW_POLICIES)),
    *policies.POLICY.urls("policies/"),
]
