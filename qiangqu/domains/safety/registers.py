"""The rosters 一单两库: who may be inspected, who inspects, who keeps apart."""

from django.utils.translation import gettext_lazy as _

from qiangqu.registry.roles import Action
from qiangqu.ui.registers import Register

from .forms import InspectorForm
from .models import InspectionSubject, Inspector, InspectorConflict

SUBJECTS = Register(
    code="inspection-subjects",
    model=InspectionSubject,
    columns=("organisation", "grade", "last_inspected", "valid_from", "valid_to"),
    filters=("grade",),
    search_fields=("organisation__name", "organisation__code"),
    form_fields=("organisation", "grade", "last_inspected", "valid_from", "valid_to", "note"),
    key=("organisation",),
    pickers=("organisation",),
    action_view=Action.INSPECTIONS,
    action_edit=Action.KEEP_ROSTERS,
    intro=_("抽查从这里抽取对象；承诺之后再改名录，不影响已封存的名单。"),
)
INSPECTORS = Register(
    code="inspectors",
    model=Inspector,
    columns=("name", "code", "area", "unit", "certificate", "qualified_from", "qualified_to", "valid_from", "valid_to"),
    shown=("name", "code", "unit", "qualified_from", "qualified_to"),
    filters=("area",),
    search_fields=("name", "code"),
    form_fields=(
        "code",
        "name",
        "area",
        "unit",
        "user",
        "certificate",
        "qualified_from",
        "qualified_to",
        "valid_from",
        "valid_to",
        "note",
    ),
    form=InspectorForm,
    pickers=("unit",),
    action_view=Action.INSPECTIONS,
    action_edit=Action.KEEP_ROSTERS,
)
CONFLICTS = Register(
    code="inspector-conflicts",
    model=InspectorConflict,
    columns=("inspector", "organisation", "reason", "declared_by", "valid_from", "valid_to"),
    search_fields=("inspector__name", "organisation__name"),
    form_fields=("inspector", "organisation", "reason", "declared_by", "valid_from", "valid_to", "note"),
    key=("inspector", "organisation"),
    pickers=("inspector", "organisation"),
    searchable=False,
    action_view=Action.INSPECTIONS,
    action_edit=Action.KEEP_ROSTERS,
)
REGISTERS = (SUBJECTS, INSPECTORS, CONFLICTS)
