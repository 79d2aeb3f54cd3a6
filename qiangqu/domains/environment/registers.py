"""The registers of this part: stations, outlets, channels, permitted amounts."""

from functools import partial

from qiangqu.registry.roles import Action
from qiangqu.ui.registers import EVERY, Register

from .models import Channel, Outlet, PermitAmount, Station

_register = partial(Register, form_fields=EVERY, action_view=Action.VIEW, action_edit=Action.EDIT_REGISTERS)
STATIONS = _register(
    code="stations",
    model=Station,
    shown=("name", "code", "kind", "area", "standard", "grade"),
    filters=("kind", "simulated"),
    search_fields=("code", "name"),
    pickers=("organisation",),
    units={"lon": "°", "lat": "°"},
    decimals={"lon": 4, "lat": 4},
)
OUTLETS = _register(
    code="outlets",
    model=Outlet,
    shown=("name", "code", "medium", "enterprise", "standard", "grade"),
    filters=("medium", "simulated"),
    search_fields=("code", "name", "enterprise__name", "permit_number"),
    pickers=("enterprise",),
    units={"lon": "°", "lat": "°", "reference_oxygen": "%"},
    decimals={"lon": 4, "lat": 4, "reference_oxygen": 0},
)
CHANNELS = _register(
    code="channels",
    model=Channel,
    columns=("station", "outlet", "factor", "unit", "interval"),
    filters=("factor",),
    search_fields=("factor", "station__name", "outlet__name"),
    key=("station", "outlet", "factor"),
    pickers=("station", "outlet"),
    units={"interval": "秒"},
    importable=False,  # a point has no code that a spreadsheet could name it by
)
PERMIT_AMOUNTS = _register(
    code="permit-amounts",
    model=PermitAmount,
    shown=("enterprise", "permit_number", "factor", "year", "tonnes", "valid_from"),
    filters=("factor", "year"),
    search_fields=("enterprise__name", "permit_number", "factor"),
    key=("enterprise", "factor", "year"),
    pickers=("enterprise",),
    units={"tonnes": "吨"},
    decimals={"tonnes": 3, "year": 0},
)
REGISTERS = (STATIONS, OUTLETS, CHANNELS, PERMIT_AMOUNTS)
