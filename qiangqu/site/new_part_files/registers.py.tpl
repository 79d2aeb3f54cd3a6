from qiangqu.registry.roles import Action
from qiangqu.ui.registers import Register

from .models import $model

RECORDS = Register(
    code="$code",
    model=$model,
    columns=("name", "code", "area", "valid_from", "valid_to"),
    filters=("valid_from",),
    search_fields=("code", "name"),
    form_fields=("code", "name", "area", "valid_from", "valid_to", "note"),
    action_view=Action.VIEW,
    action_edit=Action.EDIT_$NAME,
)
REGISTERS = (RECORDS,)
