"""The registers: plans with whom they call and what they do, teams, equipment, supplies, places, whom to protect."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from qiangqu.registry.roles import Action
from qiangqu.ui.registers import EVERY, Register

from .forms import CallForm, TeamForm
from .models import (
    EmergencyEquipment,
    EmergencyPlace,
    EmergencyPlan,
    PlanCall,
    PlanStep,
    ProtectedPoint,
    RescueTeam,
    SupplyBatch,
    SupplyItem,
)

_ALL: dict[str, Any] = {"action_view": Action.EMERGENCY, "action_edit": Action.KEEP_EMERGENCY}

PLANS = Register(
    code="emergency-plans",
    model=EmergencyPlan,
    form_fields=EVERY,
    shown=("name", "kind", "hazard", "area", "edition", "review_due"),
    filters=("kind", "hazard"),
    search_fields=("name", "code"),
    pickers=("organisation",),
    intro=_("点开预案可查看通知名单和处置步骤；登记突发事件时按事件类型和区域自动选用。"),
    **_ALL,
)  # fmt: skip
CALLS = Register(
    code="plan-calls",
    model=PlanCall,
    columns=("person", "plan", "number", "duty", "phone", "user", "from_grade", "valid_from", "valid_to"),
    shown=("person", "duty", "plan", "number", "phone", "from_grade"),
    filters=("plan",),
    search_fields=("person", "duty", "plan__name"),
    form_fields=EVERY,
    form=CallForm,
    key=("plan", "number"),
    searchable=False,
    **_ALL,
)  # fmt: skip
STEPS = Register(
    code="plan-steps",
    model=PlanStep,
    columns=("act", "plan", "number", "duty", "minutes", "valid_from", "valid_to"),
    form_fields=EVERY,
    shown=("act", "plan", "number", "duty", "minutes"),
    filters=("plan",),
    search_fields=("act", "plan__name"),
    key=("plan", "number"),
    units={"minutes": "分钟"},
    searchable=False,
    **_ALL,
)  # fmt: skip
PLACES = Register(
    code="emergency-places",
    model=EmergencyPlace,
    form_fields=("code", "name", "kind", "area", "organisation", "address", "room", "phone", "lon", "lat", "valid_from", "valid_to", "note"),
    columns=("name", "code", "kind", "area", "organisation", "address", "room", "phone", "lon", "lat", "valid_from", "valid_to"),
    shown=("name", "kind", "area", "address", "room", "phone"),
    filters=("kind", "area"),
    search_fields=("name", "code", "address"),
    pickers=("organisation",),
    decimals={"lon": 6, "lat": 6},
    intro=_("消防站、救援队驻地、物资库、避难场所；备选站址供选址用。"),
    **_ALL,
)  # fmt: skip
POINTS = Register(
    code="protected-points",
    model=ProtectedPoint,
    form_fields=("code", "name", "kind", "area", "organisation", "people", "risk", "lon", "lat", "valid_from", "valid_to", "note"),
    columns=("name", "code", "kind", "area", "organisation", "people", "risk", "lon", "lat", "valid_from", "valid_to"),
    shown=("name", "kind", "area", "people", "risk"),
    filters=("kind", "risk", "area"),
    search_fields=("name", "code"),
    pickers=("organisation",),
    decimals={"lon": 6, "lat": 6},
    units={"people": "人"},
    intro=_("事故可能波及的人和设施：事件页面列出警戒半径内的，选址以它们为需求点。"),
    **_ALL,
)  # fmt: skip
TEAMS = Register(
    code="rescue-teams",
    model=RescueTeam,
    shown=("name", "kind", "place", "people", "leader", "phone", "turnout"),
    filters=("kind",),
    search_fields=("name", "code", "leader"),
    form_fields=EVERY,
    form=TeamForm,
    units={"turnout": "分钟", "people": "人"},
    **_ALL,
)  # fmt: skip
EQUIPMENT = Register(
    code="emergency-equipment",
    model=EmergencyEquipment,
    form_fields=EVERY,
    shown=("name", "code", "place", "team", "state", "inspect_due"),
    filters=("state",),
    search_fields=("name", "code"),
    **_ALL,
)  # fmt: skip
ITEMS = Register(
    code="supply-items",
    model=SupplyItem,
    form_fields=EVERY,
    search_fields=("name", "code"),
    **_ALL,
)  # fmt: skip
BATCHES = Register(
    code="supply-batches",
    model=SupplyBatch,
    columns=("item", "code", "place", "expires_on", "inspect_due", "valid_from", "valid_to"),
    shown=("item", "code", "place", "expires_on", "inspect_due"),
    filters=("item",),
    search_fields=("code", "item__name", "place__name"),
    form_fields=EVERY,
    intro=_("批次在这里登记；库存和出入库在“应急物资”中查看和办理。"),
    **_ALL,
)  # fmt: skip
REGISTERS = (PLANS, CALLS, STEPS, TEAMS, EQUIPMENT, BATCHES, ITEMS, PLACES, POINTS)
