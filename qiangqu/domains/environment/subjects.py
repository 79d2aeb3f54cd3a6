"""The registers of this part that facts are about."""

from django.utils.translation import gettext_lazy as _

from qiangqu.base.subjects import Attribute, Subject

OUTLET = Subject(
    "outlet",
    5,
    "environment.Outlet",
    _("排放口"),
    "outlets-detail",
    area="enterprise.area",
    owner="enterprise",
    headings=("排放口", "排放口名称", "排放口代码"),
    attributes=(
        Attribute("medium", _("介质")),
        Attribute("standard", _("执行标准")),
        Attribute("grade", _("级别")),
        Attribute("reference_oxygen", _("基准氧含量"), unit="%", sums=False),
    ),
)
SUBJECTS = (OUTLET,)
