"""The registers of office work: issuing bodies, meeting rooms."""

from django.utils.translation import gettext_lazy as _

from qiangqu.registry.roles import Action
from qiangqu.ui.registers import Register

from .models.documents import IssuingBody
from .models.meetings import MeetingRoom

BODIES = Register(
    code="issuing-bodies",
    model=IssuingBody,
    shown=("name", "area", "code_word", "mark", "fonds"),
    filters=("area",),
    search_fields=("name", "code_word"),
    form_fields=("name", "area", "code_word", "mark", "fonds", "valid_from", "valid_to", "note"),
    key=("name",),
    action_view=Action.OFFICE,
    action_edit=Action.KEEP_DOCUMENTS,
    intro=_("以谁的名义发文、谁的收文登记；发文字号按机关代字和年份连续编号。"),
)
ROOMS = Register(
    code="meeting-rooms",
    model=MeetingRoom,
    shown=("name", "area", "seats", "equipment"),
    filters=("area",),
    search_fields=("name",),
    form_fields=("name", "area", "seats", "equipment", "valid_from", "valid_to", "note"),
    key=("area", "name"),
    searchable=False,
    action_view=Action.OFFICE,
    action_edit=Action.KEEP_DOCUMENTS,
)
REGISTERS = (BODIES, ROOMS)
