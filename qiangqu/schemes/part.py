from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Demonstration, MenuItem, Part, Permission

PART = Part(
    "schemes",
    _("评价方案"),
    section="企业",
    permissions=(
        Permission(
            "view_schemes",
            _("查看评价结果"),
            _("查看管辖范围内的企业、园区在各方案中的得分、等级和差项；企业用户只看得到本企业的。"),
            ("leader", "planner", "bureau", "zone", "enterprise"),
        ),
        Permission("answer_schemes", _("填写评价答复"), _("填写方案中问题的答复，录入专家评分和理由。"), ("planner", "bureau", "zone")),
        Permission("edit_schemes", _("修改评价方案"), _("以现行版本为底稿编制方案的新版本，预览影响，确定施行日期。"), ("planner",)),
    ),
    menu=(
        MenuItem(_("评价方案"), "schemes", 50, "view_schemes", ("scheme", "scheme-weights", "scheme-edit")),
        MenuItem(_("评价结果"), "scheme-results", 51, "view_schemes", ("scheme-subject",)),
    ),
    pages="urls",
    api=Api("/schemes", "评价方案"),
    opens={"acts": "linking:join"},
    pack="pack",
    demonstration=Demonstration(enact="qiangqu_demo.schemes:enact"),
    acts={"pack_schemes": _("载入评价方案"), "scheme_answered": _("填写评价答复"), "scheme_edition_made": _("编制方案新版本")},
)  # fmt: skip
