"""The register of experts who may be drawn."""

from django.utils.translation import gettext_lazy as _

from qiangqu.registry.roles import Action
from qiangqu.ui.registers import Register

from .models import Expert

EXPERTS = Register(
    code="experts",
    model=Expert,
    columns=("name", "code", "area", "organisation", "field", "user", "valid_from", "valid_to"),
    filters=("area",),
    search_fields=("name", "code", "field"),
    form_fields=("code", "name", "area", "organisation", "field", "user", "valid_from", "valid_to", "note"),
    pickers=("organisation",),
    action_view=Action.KEEP_RECOGNITIONS,
    action_edit=Action.KEEP_RECOGNITIONS,
    intro=_(
        "认定评审从这里抽取：只抽取申报企业所在区域和上级区域的、有平台用户的专家，本单位的和申报过回避的自动除外。"
    ),
)
REGISTERS = (EXPERTS,)
