from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Command, Part

PART = Part(
    "simulation",
    _("模拟数据"),
    commands=(Command("simulate", "模拟数据：只用于演示库，处处注明。", "commands:simulate_group"),),
    pack="pack",
    acts={"simulate": _("生成模拟数据")},
)
