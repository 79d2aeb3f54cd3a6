"""The register of issuing bodies."""

from django.utils.translation import gettext_lazy as _

from qiangqu.registry.roles import Action
from qiangqu.ui.registers import Register

from .models import IssuingBody

BODIES = Register(
    code="issuing-bodies",
    model=IssuingBody,
    columns=("name", "area", "code_word", "mark", "fonds", "valid_from", "valid_to"),
    shown=("name", "area", "code_word", "mark", "fonds"),
    filters=("area",),
    search_fields=("name", "code_word"),
    form_fields=("name", "area", "code_word", "mark", "fonds", "valid_from", "valid_to", "note"),
    key=("name",),
    action_view=Action.OFFICE,
    action_edit=Action.KEEP_DOCUMENTS,
    intro=_("以谁的名义发文、谁的收文登记；发文字号按机关代字和年份连续编号。"),
)
REGISTERS = (BODIES,)
