"""What each role may do: one table. Where (which areas) is :mod:`qiangqu.base.visibility`'s matter."""

from enum import StrEnum
from typing import Any

from .models import Role


class Action(StrEnum):
    """Things that a user may or may not do."""

    VIEW = "view"
    EDIT_REGISTERS = "edit_registers"
    EDIT_CODE_LISTS = "edit_code_lists"
    IMPORT_FACTS = "import_facts"
    REPORT_FACTS = "report_facts"
    EDIT_INDICATORS = "edit_indicators"
    VIEW_PLAN = "view_plan"
    EDIT_PLAN = "edit_plan"
    REPORT_PROGRESS = "report_progress"
    MANAGE_USERS = "manage_users"
    READ_AUDIT = "read_audit"
    HANDLE_CASES = "handle_cases"
    VIEW_CASES = "view_cases"
    SUPERVISE_CASES = "supervise_cases"
    EDIT_CASE_KINDS = "edit_case_kinds"
    HANDLE_ALARMS = "handle_alarms"
    EDIT_ALARM_RULES = "edit_alarm_rules"
    OFFICE = "office"
    KEEP_DOCUMENTS = "keep_documents"


ALLOWED: dict[str, frozenset[Action]] = {
    Role.LEADER: frozenset(
        {
            Action.VIEW,
            Action.VIEW_PLAN,
            Action.HANDLE_CASES,
            Action.VIEW_CASES,
            Action.SUPERVISE_CASES,
            Action.OFFICE,
        }
    ),
    Role.PLANNER: frozenset(
        {
            Action.VIEW,
            Action.VIEW_PLAN,
            Action.EDIT_REGISTERS,
            Action.EDIT_CODE_LISTS,
            Action.IMPORT_FACTS,
            Action.EDIT_INDICATORS,
            Action.EDIT_PLAN,
            Action.REPORT_PROGRESS,
            Action.READ_AUDIT,
            Action.HANDLE_CASES,
            Action.VIEW_CASES,
            Action.SUPERVISE_CASES,
            Action.EDIT_CASE_KINDS,
            Action.HANDLE_ALARMS,
            Action.EDIT_ALARM_RULES,
            Action.OFFICE,
            Action.KEEP_DOCUMENTS,
        }
    ),
    Role.BUREAU: frozenset(
        {
            Action.VIEW,
            Action.VIEW_PLAN,
            Action.EDIT_REGISTERS,
            Action.IMPORT_FACTS,
            Action.REPORT_PROGRESS,
            Action.HANDLE_CASES,
            Action.VIEW_CASES,
            Action.HANDLE_ALARMS,
            Action.EDIT_ALARM_RULES,
            Action.OFFICE,
            Action.KEEP_DOCUMENTS,
        }
    ),
    Role.ZONE: frozenset(
        {
            Action.VIEW,
            Action.VIEW_PLAN,
            Action.EDIT_REGISTERS,
            Action.IMPORT_FACTS,
            Action.REPORT_PROGRESS,
            Action.HANDLE_CASES,
            Action.VIEW_CASES,
            Action.HANDLE_ALARMS,
            Action.EDIT_ALARM_RULES,
            Action.OFFICE,
            Action.KEEP_DOCUMENTS,
        }
    ),
    Role.INSPECTOR: frozenset({Action.VIEW, Action.VIEW_PLAN, Action.HANDLE_CASES, Action.VIEW_CASES, Action.OFFICE}),
    Role.ENTERPRISE: frozenset({Action.VIEW, Action.REPORT_FACTS, Action.HANDLE_CASES}),
    Role.ADMIN: frozenset(Action),
}


def may(user: Any, action: Action) -> bool:
    """Whether ``user`` may do ``action`` at all (somewhere in his area)."""
    return bool(user.is_authenticated and user.is_active and action in ALLOWED.get(user.role, frozenset()))
