from typing import Any

from django.utils.translation import gettext_lazy as _

from qiangqu.registry.roles import Action
from qiangqu.ui.registers import Register

from .models import CrewMember, Fence, Permit, Trip, Vehicle

RULES: dict[str, Any] = {"action_view": Action.VEHICLES, "action_edit": Action.EDIT_VEHICLES}
VEHICLES = Register(
    code="vehicles",
    model=Vehicle,
    columns=("plate", "kind", "goods", "capacity", "area", "organisation", "licence", "licence_until", "device", "valid_from", "valid_to"),
    shown=("plate", "kind", "goods", "area", "organisation", "licence_until", "device"),
    filters=("kind", "simulated"),
    search_fields=("plate", "organisation__name", "device__mn"),
    form_fields=("plate", "kind", "goods", "capacity", "area", "organisation", "licence", "licence_until", "device", "valid_from", "valid_to", "note"),
    key=("plate",),
    pickers=("organisation", "device"),
    units={"capacity": "t"},
    **RULES,
)  # fmt: skip
CREW = Register(
    code="vehicle-crew",
    model=CrewMember,
    columns=("name", "certificate", "duty", "certificate_until", "area", "organisation", "valid_from", "valid_to"),
    shown=("name", "certificate", "duty", "certificate_until", "organisation"),
    filters=("duty",),
    search_fields=("name", "certificate"),
    form_fields=("certificate", "name", "duty", "certificate_until", "area", "organisation", "valid_from", "valid_to", "note"),
    key=("certificate",),
    pickers=("organisation",),
    **RULES,
)  # fmt: skip
PERMITS = Register(
    code="vehicle-permits",
    model=Permit,
    columns=("number", "vehicle", "goods", "issuer", "first_day", "last_day", "route", "valid_from", "valid_to"),
    shown=("number", "vehicle", "goods", "first_day", "last_day", "route"),
    filters=("last_day",),
    search_fields=("number", "vehicle__plate", "goods"),
    form_fields=("number", "vehicle", "goods", "issuer", "first_day", "last_day", "route", "valid_from", "valid_to", "note"),
    key=("number",),
    pickers=("vehicle", "route"),
    **RULES,
)  # fmt: skip
TRIPS = Register(
    code="vehicle-trips",
    model=Trip,
    columns=("number", "vehicle", "driver", "escort", "goods", "tonnes", "receiver", "starts_at", "ends_at", "valid_from", "valid_to"),
    shown=("number", "vehicle", "driver", "escort", "goods", "tonnes", "starts_at", "ends_at"),
    search_fields=("number", "vehicle__plate", "goods"),
    form_fields=("number", "vehicle", "driver", "escort", "goods", "tonnes", "receiver", "starts_at", "ends_at", "valid_from", "valid_to", "note"),
    key=("number",),
    pickers=("vehicle", "driver", "escort", "receiver"),
    units={"tonnes": "t"},
    **RULES,
)  # fmt: skip
FENCES = Register(
    code="vehicle-fences",
    model=Fence,
    columns=("name", "code", "kind", "area", "limit", "plates", "from_hour", "to_hour", "valid_from", "valid_to"),
    shown=("name", "kind", "area", "limit", "plates", "from_hour", "to_hour"),
    filters=("kind",),
    search_fields=("name", "code"),
    form_fields=("code", "name", "area", "kind", "outline", "limit", "plates", "from_hour", "to_hour", "valid_from", "valid_to", "note"),
    intro=_("不得驶出、不得驶入、限时停留、限速和规定路线，随位置到达即时判断；报警规则“驶出围栏”等据此报警。"),
    **RULES,
)  # fmt: skip
REGISTERS = (VEHICLES, CREW, PERMITS, TRIPS, FENCES)
