"""The register of this part: contracts by which parcels were supplied."""

from qiangqu.registry.roles import Action
from qiangqu.ui.registers import EVERY, Register

from .models import LandContract

CONTRACTS = Register(
    code="land-contracts",
    model=LandContract,
    form_fields=EVERY,
    shown=("number", "parcel", "mode", "signed_on", "start_by", "finish_by", "started_on", "invested"),
    filters=("mode", "start_by", "finish_by", "ends_on", "simulated"),
    search_fields=("number", "parcel__code", "parcel__holder__name"),
    key=("number",),
    pickers=("parcel",),
    units={
        "price": "万元", "investment": "万元", "invested": "万元", "output_per_mu": "万元/亩", "tax_per_mu": "万元/亩", "built_share": "%",
    },
    decimals={"price": 2, "investment": 0, "invested": 0, "output_per_mu": 1, "tax_per_mu": 2, "built_share": 1, "far": 2, "far_min": 2},
    action_view=Action.VIEW,
    action_edit=Action.EDIT_LAND,
)  # fmt: skip
REGISTERS = (CONTRACTS,)
