from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Command, MenuItem, Part, Permission

PART = Part(
    "$name",
    _("$title"),
    section="$section",
    permissions=(
        Permission(
            "edit_$name", _("维护$title"), _("新建、修改和导入$title的记录。"), ("planner", "bureau", "zone")
        ),
    ),
    menu=(
        MenuItem(_("$title"), "$code-list", 200, "view", ("$code-",)),
        MenuItem(_("$title分布"), "$code-distribution", 201, "view"),
    ),
    pages="urls",
    api=Api("/$code", "$title"),
    commands=(Command("$code", "$title：各区域有多少。", "commands:${name}_group"),),
    registers=("registers:REGISTERS",),
)
