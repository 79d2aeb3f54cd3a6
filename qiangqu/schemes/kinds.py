"""Whom a scheme can be about: a declared register, or those of its records that are of one kind."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Text


@dataclass(frozen=True, slots=True)
class Kind:
    """Records of ``register`` whose columns have one of the values in ``where``."""

    code: str
    register: str
    title: Text
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


KINDS = {
    one.code: one
    for one in (
        Kind("enterprise", "organisation", _("企业"), {"kind": ("enterprise", "group")}),
        Kind("unit", "organisation", _("责任单位"), {"kind": ("department", "government")}),
        Kind("zone", "area", _("园区"), {"level": ("zone",)}),
        Kind("city", "area", _("地级市"), {"level": ("city",)}),
        Kind("project", "project", _("项目")),
        Kind("parcel", "parcel", _("宗地")),
    )
}
