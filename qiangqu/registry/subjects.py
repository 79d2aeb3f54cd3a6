"""The registers of this part that facts are about. Their numbers stand in the facts of release 0.1.0."""

from django.utils.translation import gettext_lazy as _

from qiangqu.base.subjects import Attribute, Subject

AREA = Subject(
    "area",
    1,
    "registry.Area",
    _("区域"),
    "areas-detail",
    area="",
    names=("name", "short_name"),
    headings=(
        "区域",
        "区域代码",
        "区域名称",
        "地区",
        "地区代码",
        "地区名称",
        "园区",
        "园区名称",
        "园区代码",
        "开发区",
        "开发区名称",
        "行政区划",
    ),
    attributes=(Attribute("level", _("层级")), Attribute("kind", _("类别"))),
)
ORGANISATION = Subject(
    "organisation",
    2,
    "registry.Organisation",
    _("单位"),
    "organisations-detail",
    codes=("code", "uscc"),
    names=("name", "short_name"),
    aliases=("aliases",),
    headings=(
        "organization",
        "enterprise",
        "企业",
        "企业名称",
        "企业代码",
        "单位名称",
        "单位代码",
        "统一社会信用代码",
        "填报单位",
        "法人单位",
    ),
    attributes=(
        Attribute("kind", _("类型")),
        Attribute("industry", _("国民经济行业代码"), "industry_code"),
        Attribute("sector", _("重点产业"), "sector.code"),
        Attribute("chain", _("产业链"), "chain.code"),
        Attribute("scale", _("规模")),
        Attribute("ownership", _("登记注册类型")),
    ),
)
PROJECT = Subject(
    "project",
    3,
    "registry.Project",
    _("项目"),
    "projects-detail",
    owner="owner",
    headings=("项目", "项目名称", "项目代码"),
    attributes=(
        Attribute("kind", _("类别"), "kind.code"),
        Attribute("stage", _("阶段")),
        Attribute("sector", _("重点产业"), "sector.code"),
        Attribute("planned_investment", _("计划投资"), unit="万元"),
    ),
)
PARCEL = Subject(
    "parcel",
    4,
    "registry.Parcel",
    _("宗地"),
    "parcels-detail",
    owner="holder",
    names=(),
    headings=("宗地", "宗地代码"),
    attributes=(
        Attribute("use", _("用途")),
        Attribute("status", _("状态")),
        Attribute("land_area", _("面积"), unit="亩"),
    ),
)
SUBJECTS = (AREA, ORGANISATION, PROJECT, PARCEL)
