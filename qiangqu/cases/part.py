import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Command, Job, MenuItem, Part, Permission, Search

STAFF = ("leader", "planner", "bureau", "zone", "inspector")

PART = Part(
    "cases",
    _("办件"),
    section="总览",
    permissions=(
        Permission("handle_cases", _("办理办件"), _("发起办件，办理分到自己岗位的步骤。"), (*STAFF, "enterprise")),
        Permission("view_cases", _("查看辖区办件"), _("查看管辖范围内的全部办件和统计。"), STAFF),
        Permission(
            "supervise_cases",
            _("督办"),
            _("催办、改派、暂停和调整管辖范围内的办件，查看其中限制知情的，发起督办。"),
            ("leader", "planner"),
        ),
        Permission("edit_case_kinds", _("维护事项种类"), _("新建和修改事项的流程、表单，调整工作日历。"), ("planner",)),
    ),
    menu=(
        MenuItem(_("我的办件"), "cases-work", 40, "handle_cases", ("cases-case", "cases-act", "cases-identity")),
        MenuItem(_("发起办件"), "cases-start", 41, "handle_cases", ("cases-start-form",)),
        MenuItem(_("办件统计"), "cases-statistics", 42, "view_cases"),
        MenuItem(
            _("事项种类"), "cases-kinds", 60, "edit_case_kinds", ("cases-kind", "cases-kind-edit"), section="系统"
        ),
        MenuItem(_("工作日历"), "cases-workdays", 61, "edit_case_kinds", section="系统"),
    ),
    cards=(
        Card("cases", "desk:todo", 10, action="handle_cases"),
        Card("supervised", "desk:supervised", 40, "state", "supervise_cases"),
    ),
    pages="urls",
    api=Api("/cases", "办件"),
    commands=(Command("cases", "办件：检查事项定义，重算期限。", "commands:cases_group"),),
    pack="pack",
    search=(Search("cases", "lookups:find", 15),),
    acts={
        "case_opened": _("发起办件"),
        "case_claimed": _("签收"),
        "case_put_back": _("放回待签收"),
        "case_assigned": _("指派"),
        "case_delegated": _("转办"),
        "case_step_done": _("办结步骤"),
        "case_returned": _("退回"),
        "case_taken_back": _("撤回步骤"),
        "case_withdrawn": _("撤回办件"),
        "case_opinion": _("添加意见"),
        "case_countersign_asked": _("发起会签"),
        "case_countersigned": _("答复会签"),
        "case_countersign_recalled": _("撤销会签"),
        "case_urged": _("催办"),
        "case_identity_seen": _("查看身份信息"),
        "case_suspended": _("暂停计时"),
        "case_resumed": _("恢复计时"),
        "case_deadline_moved": _("期限调整"),
        "case_light": _("红黄绿变化"),
        "case_timer_process": _("流程定时到期"),
        "case_timer_remind": _("临期提醒"),
        "case_timer_overdue": _("超期升级"),
        "case_timer_case": _("办件超期"),
        "case_kind_created": _("新建事项种类"),
        "case_kind_changed": _("修改事项种类"),
        "calendar_changed": _("调整工作日历"),
    },
    topics={"cases": _("办件")},
    jobs=(
        Job("cases-timers", dt.timedelta(seconds=5), "periodic:timers"),
        Job("cases-lights", dt.timedelta(days=1), "periodic:lights", at=dt.time(0, 5)),
    ),
    # what cases are about: links, pieces of page, and groups of people that forms offer
    opens={
        "subjects": "subjects:name_subjects",
        "shown": "subjects:show_subjects",
        "people": "references:name_people",
        "contracts": "contracts:join",
    },
)
