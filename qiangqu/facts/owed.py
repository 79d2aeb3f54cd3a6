"""Reports that are owed: asked for by messages when a period begins, nears its last day and is over; shown on
the landing page and in the page head.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qiangqu.base.periods import Period
from qiangqu.base.visibility import holdings, own_organisations, reach, subtree, within
from qiangqu.messaging.notify import MOST_RECIPIENTS, notify_all
from qiangqu.registry.models import Area, Organisation, Role, User
from qiangqu.registry.roles import Action
from qiangqu.ui.attention import Alert

from . import reporting
from .models import CollectionForm, Report, ReportStatus
from .telling import TOPIC, address_of, examiners

SOON = dt.timedelta(days=3)  # before the last day, those who have not handed in are reminded
PERIODS_ASKED = 3  # how many past periods count as owed


def owing(form: CollectionForm, period: Period) -> "QuerySet[Organisation]":
    """Reporters that have handed in nothing that counts."""
    return Organisation.objects.filter(_owes(form, period))


def _owes(form: CollectionForm, period: Period) -> Q:
    handed = Report.objects.filter(
        form=form,
        period_key=period.key,
        organisation=OuterRef("pk"),
        status__in=(ReportStatus.SUBMITTED, ReportStatus.APPROVED),
    )
    return reporting.asks(form, period) & Q(~Exists(handed))


def how_many_owe(asked: Iterable[tuple[CollectionForm, Period]], whose: Q) -> list[int]:
    """For each form and period how many of the organisations ``whose`` are :func:`owing`: one question for
    all.
    """
    counts = {f"n{at}": Count("pk", filter=_owes(form, period)) for at, (form, period) in enumerate(asked)}
    return list(Organisation.objects.filter(whose).aggregate(**counts).values()) if counts else []


def ask_for_reports(now: dt.datetime) -> str:
    """Once a day: tell enterprises of a new period, of one that ends soon and of one that is overdue, each
    once; and the zones who has not reported when the term is over."""
    today = timezone.localdate(now)
    told = 0
    for form in CollectionForm.objects.filter(active=True).select_related("area"):
        period = reporting.latest_period(form, today)
        if not any(one.key == period.key for one in reporting.periods_of(form, today, 1)):
            continue
        due = reporting.due_on(form, period)
        words = {"form": form.name, "period": period.label, "day": due.isoformat()}
        if today > due:
            subject, stage = _("已逾期：%(form)s %(period)s（截止 %(day)s）") % words, "late"
            told += _tell_examiners(form, period, words)
        elif due - today <= SOON:
            subject, stage = _("快到期：%(form)s %(period)s（截止 %(day)s）") % words, "soon"
        else:
            subject, stage = _("请填报：%(form)s %(period)s（截止 %(day)s）") % words, "new"
        owed_by = owing(form, period).values("pk")
        people = User.objects.posted(organisation__in=owed_by, role=Role.ENTERPRISE).order_by("pk")
        address = address_of("facts-report-fill", form.code, period.code)
        told += _tell_many(people.iterator(chunk_size=500), subject, address, f"report:{form.pk}:{period.key}:{stage}")
    return f"通知 {told} 人" if told else ""


def _tell_many(people: Iterable[User], subject: str, address: str, key: str) -> int:
    told, some = 0, []
    for one in people:
        some.append(one)
        if len(some) == MOST_RECIPIENTS:
            told += notify_all(some, subject, "", address, topic=TOPIC, key=key)
            some = []
    return told + notify_all(some, subject, "", address, topic=TOPIC, key=key)


def _tell_examiners(form: CollectionForm, period: Period, words: dict[str, str]) -> int:
    counts: dict[int, int] = {}
    for area_id in owing(form, period).values_list("area_id", flat=True):
        counts[area_id] = counts.get(area_id, 0) + 1
    per_user: dict[int, tuple[User, int]] = {}
    for area in Area.objects.filter(pk__in=counts):
        for user in examiners(area):
            per_user[user.pk] = (user, per_user.get(user.pk, (user, 0))[1] + counts[area.pk])
    told = 0
    for user, count in per_user.values():
        subject = _("%(n)s 家未按时填报：%(form)s %(period)s（截止 %(day)s）") % {**words, "n": count}
        told += notify_all(
            [user], subject, "", address_of("facts-form-returns", form.code, period.code), topic=TOPIC,
            key=f"report:{form.pk}:{period.key}:late:examiner",
        )  # fmt: skip
    return told


@dataclass(frozen=True, slots=True)
class Owed:
    """A form and period that is owed: for an enterprise its own, for others how many of theirs have not
    reported.
    """

    form: CollectionForm
    period: Period
    due: dt.date
    count: int
    url: str


def overdue(
    user: Any, area: Area | None = None, day: dt.date | None = None, forms: Iterable[CollectionForm] | None = None
) -> list[Owed]:
    """What is overdue in the user's own view, the oldest first: of the enterprises that he speaks for, and of
    those whose reports he looks after (in ``area`` when given). ``forms`` are those that concern him, where
    they have been read.
    """
    today = day or timezone.localdate()
    asked = [
        (form, period, reporting.due_on(form, period))
        for form in (reporting.forms_for(user) if forms is None else forms)
        for period in reporting.periods_of(form, today, PERIODS_ASKED)
        if reporting.due_on(form, period) < today
    ]
    whose = []
    if own := own_organisations(user, Action.REPORT_FACTS):
        whose.append(("facts-report-fill", Q(pk__in=own)))
    if looked_after := _looked_after(user):
        there = within("area__path", looked_after)
        whose.append(("facts-form-returns", there if area is None else there & subtree(Organisation, area.path)))
    found = []
    for page, condition in whose:
        counts = how_many_owe([(form, period) for form, period, _due in asked], condition)
        for (form, period, due), count in zip(asked, counts, strict=True):
            if count:
                found.append(Owed(form, period, due, count, address_of(page, form.code, period.code)))
    return sorted(found, key=lambda one: (one.due, one.form.pk))


def due(user: Any, day: dt.date, forms: Iterable[CollectionForm]) -> list[Owed]:
    """What the enterprises that he speaks for have to hand in and is not late on ``day``, the next first;
    ``forms`` are those that concern him.
    """
    own, found = own_organisations(user, Action.REPORT_FACTS), []
    if not own:
        return []
    for form in forms:
        period = reporting.latest_period(form, day)
        last = reporting.due_on(form, period)
        if last < day or not any(one.key == period.key for one in reporting.periods_of(form, day, 1)):
            continue
        if count := owing(form, period).filter(pk__in=own).count():
            found.append(Owed(form, period, last, count, address_of("facts-report-fill", form.code, period.code)))
    return sorted(found, key=lambda one: (one.due, one.form.pk))


def _looked_after(user: Any) -> tuple[str, ...]:
    """Subtrees in which the user examines reports, or leads."""
    leads = {one.path for one in holdings(user) if one.role == Role.LEADER and one.path}
    return tuple(sorted({*reach(user, Action.IMPORT_FACTS), *leads}))


def alerts(user: Any, area: Area | None, day: dt.date | None) -> Iterable[Alert]:
    """Overdue reports for the landing page."""
    for one in overdue(user, area, day):
        words = {"form": one.form.name, "period": one.period.label, "n": one.count, "day": one.due.isoformat()}
        text = ngettext(
            "%(form)s %(period)s：%(n)s 家逾期未报（截止 %(day)s）",
            "%(form)s %(period)s：%(n)s 家逾期未报（截止 %(day)s）",
            one.count,
        )
        yield Alert("at_risk", text % words, one.url, _("逾期"))
