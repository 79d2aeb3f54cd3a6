from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Part

PART = Part("lake", _("数据湖"))
