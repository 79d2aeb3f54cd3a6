"""The rosters 一单两库: who may be inspected, who inspects, who keeps apart."""

from django.utils.translation import gettext_lazy as _

from qiangqu.registry.roles import Action
from qiangqu.ui.registers import EVERY, Register

from .forms import InspectorForm, RiskPointForm
from .models.chemicals import Chemical, HazardUnit
from .models.duties import Duty
from .models.hazards import CheckItem, CheckList
from .models.inspections import InspectionSubject, Inspector, InspectorConflict
from .models.permits import GasDetector
from .models.risks import RiskPoint, RiskScheme

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
    intro=_("抽查从这里抽取检查对象；承诺之后修改名录，不影响已封存的名单。"),
)
INSPECTORS = Register(
    code="inspectors",
    model=Inspector,
    columns=("name", "code", "area", "unit", "certificate", "qualified_from", "qualified_to", "valid_from", "valid_to"),
    shown=("name", "code", "unit", "qualified_from", "qualified_to"),
    filters=("area",),
    search_fields=("name", "code"),
    form_fields=EVERY,
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
CHECK_LISTS = Register(
    code="check-lists",
    model=CheckList,
    columns=("name", "code", "industry", "valid_from", "valid_to"),
    search_fields=("name", "code"),
    form_fields=("code", "name", "industry", "valid_from", "valid_to", "note"),
    action_view=Action.HAZARDS,
    action_edit=Action.KEEP_SAFETY,
    intro=_("检查时按单位的行业代码自动带出适用的检查表。"),
)
CHECK_ITEMS = Register(
    code="check-items",
    model=CheckItem,
    columns=("text", "code", "checklist", "place", "source", "grade", "valid_from", "valid_to"),
    shown=("text", "checklist", "place", "source", "grade"),
    filters=("checklist", "grade"),
    search_fields=("text", "code", "source"),
    form_fields=("code", "checklist", "place", "text", "source", "grade", "valid_from", "valid_to", "note"),
    action_view=Action.HAZARDS,
    action_edit=Action.KEEP_SAFETY,
)
RISK_POINTS = Register(
    code="risk-points",
    model=RiskPoint,
    shown=("name", "organisation", "place", "level", "score", "check_days", "responsible"),
    columns=(
        "name", "code", "organisation", "place", "level", "score", "level_basis", "method", "likelihood",
        "exposure", "consequence", "controls", "responsible", "check_days", "device", "valid_from", "valid_to",
    ),
    filters=("level", "method"),
    search_fields=("name", "code", "organisation__name"),
    form_fields=EVERY,
    form=RiskPointForm,
    pickers=("organisation", "device"),
    units={"lon": "°", "lat": "°", "check_days": "天"},
    decimals={"lon": 5, "lat": 5, "likelihood": 1, "exposure": 1, "consequence": 0, "score": 1},
    action_view=Action.HAZARDS,
    action_edit=Action.EDIT_RISKS,
    intro=_("等级按本区域的分级办法由 L×E×C（或可能性×严重性）得出；没有分级办法的，由评估人判定。"),
)  # fmt: skip
RISK_SCHEMES = Register(
    code="risk-schemes",
    model=RiskScheme,
    form_fields=EVERY,
    columns=("document", "code", "area", "method", "red_from", "orange_from", "yellow_from", "valid_from", "valid_to"),
    filters=("method",),
    search_fields=("document", "code"),
    action_view=Action.HAZARDS,
    action_edit=Action.KEEP_SAFETY,
    intro=_("登记红、橙、黄各色的风险值起点，低于黄色起点的为蓝色。未查到国家规定的分界值，请按本地文件登记。"),
)
CHEMICALS = Register(
    code="chemicals",
    model=Chemical,
    form_fields=EVERY,
    columns=("name", "code", "cas", "listed", "hazard_class", "valid_from", "valid_to"),
    search_fields=("name", "code", "cas"),
    action_view=Action.HAZARDS,
    action_edit=Action.EDIT_RISKS,
    intro=_("临界量和 β 按 GB 18218-2018 的表取：表1 有的填序号，没有的填表2 类别符号。"),
)
UNITS = Register(
    code="hazard-units",
    model=HazardUnit,
    form_fields=EVERY,
    columns=(
        "name", "code", "organisation", "area", "kind", "exposed", "registered_level", "lon", "lat", "valid_from", "valid_to",
    ),
    shown=("name", "organisation", "area", "kind", "exposed", "registered_level"),
    filters=("kind", "registered_level"),
    search_fields=("name", "code", "organisation__name"),
    pickers=("organisation",),
    units={"lon": "°", "lat": "°", "exposed": "人"},
    decimals={"lon": 5, "lat": 5},
    action_view=Action.HAZARDS,
    action_edit=Action.EDIT_RISKS,
    intro=_("打开单元，可查看重大危险源按存量辨识和分级的过程。"),
)  # fmt: skip
DUTIES = Register(
    code="duties",
    model=Duty,
    form_fields=EVERY,
    columns=("title", "code", "area", "trade", "new_trade", "kind", "supervisor", "document", "valid_from", "valid_to"),
    shown=("title", "trade", "area", "kind", "supervisor", "document"),
    filters=("kind", "new_trade"),
    search_fields=("title", "trade", "supervisor__name"),
    pickers=("supervisor",),
    action_view=Action.HAZARDS,
    action_edit=Action.KEEP_SAFETY,
)
DETECTORS = Register(
    code="gas-detectors",
    model=GasDetector,
    form_fields=EVERY,
    columns=("device", "gas", "radius", "valid_from", "valid_to"),
    key=("device",),
    search_fields=("device__mn", "device__name"),
    pickers=("device",),
    units={"radius": "米"},
    searchable=False,
    action_view=Action.WORK_PERMITS,
    action_edit=Action.HANDLE_PERMITS,
    intro=_("这些设备报警时，半径内的作业票自动暂停；没有坐标的，暂停本单位的。"),
)
REGISTERS = (
    SUBJECTS, INSPECTORS, CONFLICTS, CHECK_LISTS, CHECK_ITEMS, RISK_POINTS, RISK_SCHEMES, CHEMICALS, UNITS, DUTIES, DETECTORS,
)  # fmt: skip
