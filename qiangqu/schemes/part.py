from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Part

PART = Part("schemes", _("评价方案"), section="企业")
