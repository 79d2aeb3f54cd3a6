"""Opening a case: by a signed-in user, by the public, or by another part of the system."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from qiangqu.base.codes import heard, spoken_code
from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import covers, holdings
from qiangqu.records.attachments import attach
from qiangqu.records.checking import CheckedFile
from qiangqu.records.numbering import take
from qiangqu.registry.models import Area, Organisation, Role
from qiangqu.registry.nodes import node_code
from qiangqu.registry.roles import Action

from .. import engine, kinds
from ..definition import Definition
from ..forms import validated
from ..models import Case, Identity, Timer, TimerKind
from ..references import check_answers
from ..workdays import calendar, end_of
from .core import Act, add_timer, facts, finish


@dataclass(frozen=True, slots=True)
class Opened:
    """A new case, and for the public the code with which it is looked up (shown once, kept as a hash)."""

    case: Case
    code: str = ""


def may_open(user: Any, kind_: kinds.Ready, area: Area | None = None) -> bool:
    """Whether a post of the user lets him open cases of this kind: anywhere, or in ``area`` (one below that
    of the post; of who speaks for an enterprise, the one where it lies)."""
    roles = kind_.definition.start_roles
    posts = [one for one in holdings(user, Action.HANDLE_CASES) if one.role in roles]
    if area is None:
        return bool(posts)
    return any(one.area_id == area.pk if one.own else one.path and area.path.startswith(one.path) for one in posts)


def area_to_open(user: Any, kind_: kinds.Ready, area: Area | None) -> Area | None:
    """Where a case of this kind is opened: in ``area`` where the user may, else where the first post of his
    lies that lets him.
    """
    if area is not None and may_open(user, kind_, area):
        return area
    posts = [one for one in user.held if one.role in kind_.definition.start_roles and one.stands_in is not None]
    return next((one.stands_in for one in posts if may_open(user, kind_, one.stands_in)), None)


def open_case(
    code: str,
    data: Mapping[str, Any],
    *,
    area: Area,
    user: Any = None,
    files: Sequence[CheckedFile] = (),
    subject: str = "",
    simulated: bool = False,
    now: dt.datetime | None = None,
) -> Opened:
    """Open a case of the kind ``code`` with the answers to its opening form.

    ``user`` None is the public (only kinds that are open to it). ``subject`` says what it is about
    (``target:CODE``). Raises FormErrors, NotFoundError, InputError.
    """
    kind = kinds.kind_of(code)
    assert kind.current is not None
    ready = kinds.ready(kind.current)
    definition = ready.definition
    if user is None and not definition.public:
        raise NotFoundError("没有这个事项", where=code[:40])
    if user is not None and not definition.public and not may_open(user, ready):
        raise InputError("您的角色不能发起这个事项", where=kind.name)
    answers = validated(definition.start_form, dict(data))
    open_to = {key: value for key, value in answers.items() if key not in definition.confidential}
    secret = spoken_code() if definition.public else ""
    with transaction.atomic():
        clock = engine.Clock(now or timezone.now(), calendar())
        check_answers(definition.start_form, answers, _area(definition, open_to, area), clock.today)
        case = Case(
            number=_number(definition.prefix, timezone.localdate(clock.now).year), kind=kind, version=kind.current,
            title=_title(definition, open_to, area), area=_area(definition, open_to, area),
            organisation=_organisation(user, area), subject=subject[:120], opened_by=user, opened_at=clock.now, last_at=clock.now,
            data=open_to, secret=hash_of(secret) if secret else "", simulated=simulated,
            limit_days=definition.raw.get("limit_days"),
        )  # fmt: skip
        case.due_on = _due(definition, open_to, clock)
        case.save()
        hidden = {
            key: value for key, value in answers.items() if key in definition.confidential and value not in ("", None)
        }
        if hidden:
            Identity.objects.create(case=case, data=hidden)
        act = Act(
            case,
            user,
            clock,
            ready,
            "case_opened",
            {
                "kind": kind.code,
                "version": kind.current.number,
                "title": case.title,
                "form": {"before": {}, "after": open_to},
            },
            issues=True,
        )
        if subject:
            act.detail["subject"] = case.subject
        act.workflow = engine.start(ready.built, open_to | facts(case), clock)
        if case.due_on and open_to.get(definition.raw.get("due_field", "")):
            Timer.objects.create(case=case, kind=TimerKind.CASE, since=clock.today, due_at=end_of(case.due_on))
        elif case.limit_days:
            add_timer(case, TimerKind.CASE, clock, case.limit_days)
        attach(case, files, user, at=clock.now)
        if files:
            act.detail["attachments"] = [{"name": file.name, "sha256": file.sha256} for file in files]
        finish(act, {"status": case.status, "light": case.light, "due_on": case.due_on})
    return Opened(case, secret)


def hash_of(secret: str) -> str:
    """What is kept of a query code (:func:`qiangqu.base.codes.heard`); those of release 0.1.0 are hexadecimal digits, which
    hearing leaves as they are."""
    return hashlib.sha256(heard(secret).encode()).hexdigest()


def _number(prefix: str, year: int) -> str:
    """The next number: ``DC-64-2026-000007``. The node's code is in it: two nodes count each for itself."""
    node = node_code()
    return f"{prefix}-{node}-{year}-{take(f'case:{prefix}', year=year, node=node):06d}"


def _title(definition: Definition, data: Mapping[str, Any], area: Area) -> str:
    text = str(data.get(definition.raw.get("title_field", "")) or "").strip()
    return " ".join(text.split())[:200] or f"{definition.name}（{area.short_name}）"


def _area(definition: Definition, data: Mapping[str, Any], area: Area) -> Area:
    field = definition.raw.get("area_field")
    if not field or not data.get(field):
        return area
    found = Area.objects.filter(code=str(data[field])[:24]).first()
    # the one who opens it says where it is, but never outside of what he stands for
    if found is None or not found.path.startswith(area.path):
        raise InputError("没有这个区域，或它不在您的管辖范围内", where=str(data[field])[:24])
    return found


def _organisation(user: Any, area: Area) -> Organisation | None:
    """For whom the case is opened: the enterprise that the user speaks for there, unless a post of his looks
    after the area.
    """
    if user is None or covers(user, area.path):
        return None
    own = [one for one in user.held if one.role == Role.ENTERPRISE and one.organisation is not None]
    return next((one.organisation for one in own if one.stands_in == area), own[0].organisation if own else None)


def _due(definition: Definition, data: Mapping[str, Any], clock: engine.Clock) -> dt.date | None:
    text = data.get(definition.raw.get("due_field", ""))
    if text:
        day = dt.date.fromisoformat(str(text))
        if day < clock.today:
            raise InputError("期限不能早于今天", where=str(text))
        return day
    days = definition.raw.get("limit_days")
    return clock.calendar.add(clock.today, days) if days else None
