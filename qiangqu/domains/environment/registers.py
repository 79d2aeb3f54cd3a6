"""The registers of this part: stations, outlets, channels, permitted amounts."""

from qiangqu.registry.roles import Action
from qiangqu.ui.registers import Register

from .models import Channel, Outlet, PermitAmount, Station

STATIONS = Register(
    code="stations",
    model=Station,
    columns=(
        "name",
        "code",
        "kind",
        "area",
        "organisation",
        "standard",
        "grade",
        "lon",
        "lat",
        "valid_from",
        "valid_to",
    ),
    shown=("name", "code", "kind", "area", "standard", "grade"),
    filters=("kind", "simulated"),
    search_fields=("code", "name"),
    form_fields=(
        "code",
        "name",
        "kind",
        "area",
        "organisation",
        "lon",
        "lat",
        "standard",
        "grade",
        "valid_from",
        "valid_to",
        "note",
    ),
    pickers=("organisation",),
    units={"lon": "°", "lat": "°"},
    decimals={"lon": 4, "lat": 4},
    action_view=Action.VIEW,
    action_edit=Action.EDIT_REGISTERS,
)
OUTLETS = Register(
    code="outlets",
    model=Outlet,
    columns=(
        "name", "code", "medium", "enterprise", "permit_number", "standard", "grade", "reference_oxygen", "lon", "lat",
        "valid_from", "valid_to",
    ),
    shown=("name", "code", "medium", "enterprise", "standard", "grade"),
    filters=("medium", "simulated"),
    search_fields=("code", "name", "enterprise__name", "permit_number"),
    form_fields=(
        "code", "name", "medium", "enterprise", "permit_number", "lon", "lat", "standard", "grade", "reference_oxygen",
        "valid_from", "valid_to", "note",
    ),
    pickers=("enterprise",),
    units={"lon": "°", "lat": "°", "reference_oxygen": "%"},
    decimals={"lon": 4, "lat": 4, "reference_oxygen": 0},
    action_view=Action.VIEW,
    action_edit=Action.EDIT_REGISTERS,
)  # fmt: skip
CHANNELS = Register(
    code="channels",
    model=Channel,
    columns=("station", "outlet", "factor", "unit", "interval"),
    filters=("factor",),
    search_fields=("factor", "station__name", "outlet__name"),
    form_fields=("station", "outlet", "factor", "unit", "interval", "point"),
    key=("station", "outlet", "factor"),
    pickers=("station", "outlet"),
    units={"interval": "秒"},
    importable=False,  # a point has no code that a spreadsheet could name it by
    action_view=Action.VIEW,
    action_edit=Action.EDIT_REGISTERS,
)
PERMIT_AMOUNTS = Register(
    code="permit-amounts",
    model=PermitAmount,
    columns=("enterprise", "permit_number", "factor", "year", "tonnes", "valid_from"),
    filters=("factor", "year"),
    search_fields=("enterprise__name", "permit_number", "factor"),
    form_fields=("enterprise", "permit_number", "factor", "year", "tonnes", "valid_from", "valid_to", "note"),
    key=("enterprise", "factor", "year"),
    pickers=("enterprise",),
    units={"tonnes": "吨"},
    decimals={"tonnes": 3, "year": 0},
    action_view=Action.VIEW,
    action_edit=Action.EDIT_REGISTERS,
)
REGISTERS = (STATIONS, OUTLETS, CHANNELS, PERMIT_AMOUNTS)
