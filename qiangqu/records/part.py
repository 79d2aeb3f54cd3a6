from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Part

PART = Part(
    "records",
    _("附件与编号"),
    section="系统",
    pages="urls",
)
