"""The registers of this part: contracts, infrastructure projects, agreements of 飞地 and their shares."""

from django.utils.translation import gettext_lazy as _

from qiangqu.registry.roles import Action
from qiangqu.ui.registers import EVERY, Register

from .models import AgreementShare, InfrastructureProject, LandContract, ZoneAgreement

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
WORKS = Register(
    code="infrastructure",
    model=InfrastructureProject,
    form_fields=EVERY,
    columns=(
        "name", "code", "area", "kind", "stage", "total", "year_plan", "year_done", "invested", "progress", "standing", "start_by", "finish_by",
        "started_on", "finished_on", "funding", "serves", "blocked_by", "valid_from", "valid_to",
    ),
    shown=("name", "area", "kind", "stage", "total", "invested", "progress", "standing", "finish_by"),
    filters=("area", "kind", "stage", "finish_by", "simulated"),
    search_fields=("code", "name"),
    units={"total": "万元", "year_plan": "万元", "year_done": "万元", "invested": "万元", "progress": "%"},
    decimals={"total": 0, "year_plan": 0, "year_done": 0, "invested": 0, "progress": 0},
    told={"standing": _("进度与时间")},
    action_view=Action.VIEW,
    action_edit=Action.EDIT_LAND,
    intro=_("园区道路、水电气热、污水、厂房等项目：总投资、当年计划和完成、形象进度，与计划工期走过的时间相比。"),
)  # fmt: skip
AGREEMENTS = Register(
    code="zone-agreements",
    model=ZoneAgreement,
    form_fields=EVERY,
    shown=("name", "code", "kind", "area", "organisation", "valid_from", "valid_to"),
    filters=("kind", "area", "simulated"),
    search_fields=("code", "name"),
    pickers=("organisation",),
    action_view=Action.VIEW,
    action_edit=Action.EDIT_LAND,
    intro=_(
        "企业上报的产值、税收、能耗按协议的比例计入各方，全区只算一次；已发布的数不分。比例登记在“飞地分成”里，没有分出去的留在所在园区。"
    ),
)
SHARES = Register(
    code="agreement-shares",
    model=AgreementShare,
    form_fields=EVERY,
    shown=("agreement", "what", "area", "percent", "valid_from", "valid_to"),
    filters=("agreement", "what", "area", "simulated"),
    search_fields=("agreement__code", "agreement__name"),
    key=("agreement", "what", "area", "valid_from"),
    units={"percent": "%"},
    decimals={"percent": 2},
    action_view=Action.VIEW,
    action_edit=Action.EDIT_LAND,
)
REGISTERS = (CONTRACTS, WORKS, AGREEMENTS, SHARES)
