"""Stopping and starting a case's clock, and moving deadlines when the calendar changes."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from qiangqu.base.errors import ConflictError
from qiangqu.registry import audit

from .. import engine
from ..models import CalendarDay, Case, CaseStatus, Step, StepStatus, Timer, TimerKind
from ..people import holds, supervises
from ..workdays import Calendar, calendar, end_of
from .core import Act, acting
from .stepping import NotYours, reason_of


def suspend(case: Case, reason: str, user: Any) -> Case:
    """Stop the clock (waiting for documents, a hearing, a court): no step can be done and no deadline runs
    until it is resumed.
    """
    with acting(case.pk, user, "case_suspended") as act:
        if act.case.status != CaseStatus.OPEN:
            raise ConflictError("只有办理中的办件能暂停", where=case.number)
        _may_stop(act, user)
        act.case.status = CaseStatus.SUSPENDED
        act.case.pauses = [*act.case.pauses, [act.clock.today.isoformat(), None]]
        act.case.timers.filter(worked_at=None).update(due_at=None)
        act.detail |= {"reason": reason_of(reason)}
    return act.case


def resume(case: Case, user: Any) -> Case:
    """Let the clock run again: working days that were missed are added to every deadline that counts working
    days.
    """
    with acting(case.pk, user, "case_resumed") as act:
        if act.case.status != CaseStatus.SUSPENDED:
            raise ConflictError("办件没有暂停", where=case.number)
        _may_stop(act, user)
        first = act.case.pauses[-1][0]
        act.case.pauses = [*act.case.pauses[:-1], [first, act.clock.today.isoformat()]]
        act.case.status = CaseStatus.OPEN
        _recount(act, stopped_on=dt.date.fromisoformat(first))
    return act.case


def _may_stop(act: Act, user: Any) -> None:
    steps = act.case.steps.filter(status=StepStatus.OPEN, assignee=user).select_related(
        "desk_area", "desk_organisation"
    )
    if not supervises(user, act.case) and not any(holds(user, step) for step in steps):
        raise NotYours("只有签收了本件的经办人和督办人员能暂停或恢复", where=act.case.number)


def _recount(act: Act, stopped_on: dt.date | None = None) -> bool:
    """Every deadline of the case anew. Returns whether one moved."""
    case, days, moved = act.case, act.clock.calendar, False
    for step in case.steps.filter(status=StepStatus.OPEN).exclude(limit_days=None):
        due = days.add(step.since, step.limit_days or 0, case.pauses)
        if due != step.due_on:
            act.detail.setdefault("deadlines", {})[step.name] = [step.due_on, due]
            step.due_on, moved = due, True
            step.save(update_fields=["due_on"])
    for timer in case.timers.filter(worked_at=None):
        due_at = _due_at(timer, act, stopped_on)
        if due_at == timer.due_at:
            continue
        timer.due_at, moved = due_at, True
        timer.save(update_fields=["due_at"])
        if timer.kind == TimerKind.PROCESS:
            engine.move_timer(act.workflow, timer.task_id, due_at)
        if timer.kind == TimerKind.CASE:
            case.due_on = days.add(timer.since, timer.workdays or 0, case.pauses)
    return moved


def _due_at(timer: Timer, act: Act, stopped_on: dt.date | None) -> dt.datetime:
    if timer.workdays is not None:
        return end_of(act.clock.calendar.add(timer.since, timer.workdays, act.case.pauses))
    if timer.kind == TimerKind.CASE:
        # a day that was ordered stays that day
        return end_of(act.case.due_on or act.clock.today)
    # a moment that the process fixed moves by the days on which the clock stood still
    due = engine.due_of(act.workflow, timer.task_id)
    return due + (act.clock.today - stopped_on) if stopped_on else due


def set_calendar(changes: Iterable[tuple[dt.date, bool | None, str, str]], user: Any) -> int:
    """Change the calendar: (day, works or None to remove the exception, name, source). Open deadlines move
    with it, in the same transaction.

    Returns the number of cases whose deadlines moved.
    """
    with transaction.atomic():
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for day, works, name, source in changes:
            old = CalendarDay.objects.filter(day=day).first()
            before[day.isoformat()] = None if old is None else old.works
            after[day.isoformat()] = works
            if works is None:
                CalendarDay.objects.filter(day=day).delete()
            else:
                CalendarDay.objects.update_or_create(
                    day=day, defaults={"works": works, "name": name.strip()[:40], "source": source.strip()[:120]}
                )
        moved = recount_all(user)
        audit.record(
            user,
            "calendar_changed",
            object_type="calendarday",
            object_id="",
            detail={"before": before, "after": after, "cases": moved},
        )
    return moved


def recount_all(user: Any = None) -> int:
    """Work out every open deadline anew with the calendar as it stands; only cases that move are touched.
    Returns how many did.
    """
    days = calendar()
    moving = set(_moving(days))
    for pk in sorted(moving):
        with acting(pk, user, "case_deadline_moved", days=days) as act:
            _recount(act)
    return len(moving)


def _moving(days: Calendar) -> Iterable[int]:
    """Running cases with a deadline that the calendar moves; suspended ones are counted anew when they are
    resumed.
    """
    pauses = dict(Case.objects.filter(status=CaseStatus.OPEN).exclude(pauses=[]).values_list("pk", "pauses"))
    steps = Step.objects.filter(status=StepStatus.OPEN, case__status=CaseStatus.OPEN).exclude(limit_days=None)
    known: dict[tuple[Any, ...], dt.date] = {}

    def due(since: dt.date, count: int, case: int) -> dt.date:
        held = pauses.get(case, ())
        key = (since, count, str(held))
        if key not in known:
            known[key] = days.add(since, count, held)
        return known[key]

    for case, since, count, stored in steps.values_list("case", "since", "limit_days", "due_on").iterator():
        if due(since, count or 0, case) != stored:
            yield case
    timers = Timer.objects.filter(worked_at=None, case__status=CaseStatus.OPEN).exclude(workdays=None)
    for case, since, count, stored_at in timers.values_list("case", "since", "workdays", "due_at").iterator():
        if stored_at is None or end_of(due(since, count or 0, case)) != timezone.localtime(stored_at):
            yield case
