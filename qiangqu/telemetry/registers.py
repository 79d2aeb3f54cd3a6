"""The registers of this part: devices, and their points."""

from django.utils.translation import gettext_lazy as _

from qiangqu.registry.roles import Action
from qiangqu.ui.registers import Register, Secret

from . import forms, words
from .models import Device, Point

DEVICES = Register(
    code="devices",
    model=Device,
    columns=(
        "name", "mn", "area", "organisation", "protocol", "system", "enabled", "lon", "lat", "valid_from", "valid_to",
    ),
    shown=("name", "mn", "area", "organisation", "protocol", "enabled"),
    filters=("protocol", "enabled", "simulated"),  # areas are chosen in the shell
    search_fields=("mn", "name", "organisation__name"),
    form_fields=forms.FIELDS,
    form=forms.DeviceForm,
    secrets={"password": Secret(_("访问密码"), forms.password_of), "key": Secret(_("SM4 密钥"), forms.new_key)},
    key=("mn",),
    pickers=("organisation",),
    units={"lon": "°", "lat": "°"},
    decimals={"lon": 4, "lat": 4},
    action_view=Action.VIEW,
    action_edit=Action.EDIT_REGISTERS,
    intro=_("数采仪等设备，以 MN 识别。访问密码与密钥只能填写（也可从表格导入），不显示、不导出。"),
)  # fmt: skip
POINT_FIELDS = ("unit", "lower", "upper", "period")


class _PointForm(forms.PointForm):
    class Meta:
        model = Point
        fields = POINT_FIELDS


POINTS = Register(
    code="points",
    model=Point,
    columns=(
        "factor_code", "factor", "device", "interval", "statistic", "unit", "lower", "upper", "period", "created_at",
    ),
    shown=("factor_code", "factor", "device", "interval", "statistic", "unit", "period"),
    filters=("factor_code", "interval", "statistic"),
    verbatim=("factor_code",),
    search_fields=("factor_code", "factor__name", "device__mn", "device__name"),
    form_fields=POINT_FIELDS,
    form=_PointForm,
    key=("id",),
    importable=False,
    creatable=False,  # points are made by what devices send
    ordering=("device", "factor_code", "interval", "statistic"),
    action_view=Action.VIEW,
    action_edit=Action.EDIT_REGISTERS,
    searchable=False,
    words={"interval": words.INTERVALS, "statistic": words.STATISTICS},
    intro=_("设备的每个因子、时段与统计量是一个测点，由设备首次上报时自动建立。"),
)  # fmt: skip
REGISTERS = (DEVICES, POINTS)
