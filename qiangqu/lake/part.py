from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Check, Part

PART = Part("lake", _("数据湖"), checks=(Check("lake", _("列存文件"), "doctor:files"),))
