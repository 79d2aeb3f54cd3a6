from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Demonstration, MenuItem, Panel, Part, Permission, Receiver, Search

PART = Part(
    "enterprises",
    _("企业梯度培育"),
    section="企业",
    permissions=(
        Permission("see_nominations", _("查看认定申报"), _("查看本企业、管辖范围内和被抽取评审的认定申报，查看公示、提出异议。"), ("leader", "planner", "bureau", "zone", "inspector", "enterprise")),
        Permission("nominate", _("申报认定"), _("为本企业或管辖范围内的企业申报认定和复核。"), ("zone", "enterprise")),
        Permission("keep_recognitions", _("办理认定"), _("维护评审专家，替换专家，核查公示异议，撤销认定。"), ("planner", "bureau")),
    ),
    menu=(
        MenuItem(_("梯度培育"), "ladders", 40, "view_schemes", ("ladders-of",)),
        MenuItem(_("认定申报"), "nominations", 41, "see_nominations", ("nomination", "nominate")),
        MenuItem(_("认定公示"), "public-notices", 42, "see_nominations"),
        MenuItem(_("评审专家"), "experts-list", 43, "keep_recognitions", ("experts-",)),
    ),
    pages="urls",
    api=Api("/enterprises", "企业梯度"),
    pack="pack",
    registers=("registers:REGISTERS",),
    cards=(Card("nomination-reviews", "nominations:reviews", 48, action="see_nominations"),),
    search=(Search("nominations", "recognising:FOUND.find", 172),),
    panels=(Panel("registry.Organisation", "queries:panel"),),
    receivers=(Receiver("qiangqu.cases.signals:case_moving", "recognising:on_case_moving"),),
    joins={
        "cases.contracts": {"recognition": "recognising:CONTRACT"},
        "cases.subjects": {"nomination": "recognising:FOUND.link"},
        "schemes.acts": {"nominate": "nominations:nominate_link"},
    },
    declared=("reviewing:NOMINATIONS",),
    demonstration=Demonstration(enact="qiangqu_demo.enterprises:enact"),
    topics={"recognitions": _("认定申报和评审")},
    acts={
        "pack_ladders": _("载入企业梯度"),
        "nomination_made": _("申报认定"),
        "nomination_objected": _("提出公示异议"),
    },
)  # fmt: skip
