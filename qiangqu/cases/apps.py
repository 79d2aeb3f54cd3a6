import logging

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "qiangqu.cases"
    label = "cases"
    verbose_name = "办件"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from qiangqu.registry import audit

        # SpiffWorkflow tells every change of state at INFO
        logging.getLogger("spiff").setLevel(logging.WARNING)
        audit.name_actions(
            {
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
            }
        )
