"""Answers to the questions of a scheme and experts' marks: only added, with a reason, in the audit trail."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.terms import said
from qiangqu.base.visibility import covers, own_organisations
from qiangqu.registry import audit
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.roles import Action

from .gather import question_of
from .language import Scheme, Value
from .models import Reply

LONGEST = 500


def may_answer(user: Any, record: Any) -> bool:
    """Whether a user may answer about a record: by a post in whose areas it lies, and never about his own firm."""
    area = record if isinstance(record, Area) else record.area
    own = isinstance(record, Organisation) and record.pk in own_organisations(user)
    return covers(user, area.path, Action.ANSWER_SCHEMES) and not own


def answer(user: Any, scheme: Scheme, record: Any, given: Mapping[str, str], reason: str, day: dt.date) -> list[str]:
    """Add answers ``given`` (by name of the value; "" is left out) from ``day`` on; gives the names.

    Raises InputError for a figure that does not answer the question, and for a mark without a reason."""
    reason = reason.strip()
    if len(reason) > LONGEST:
        raise InputError(_("依据或理由不超过 %(n)s 字") % {"n": LONGEST}, where="reason")
    made = []
    for name, text in given.items():
        value = scheme.values.get(name)
        if value is None or value.kind not in ("ask", "mark") or not text.strip():
            continue
        figure = _figure(value, text.strip())
        if value.mark is not None and not reason:
            raise InputError(_("专家评分须写明理由"), where="reason")
        about = {"area": record} if isinstance(record, Area) else {"organisation": record}
        made.append(
            (name, Reply(question=question_of(scheme, name), value=figure, reason=reason, day=day, user=user, **about))
        )
    with transaction.atomic():
        for _name, reply in made:
            reply.save()
        if made:
            audit.record(
                user,
                "scheme_answered",
                object_type="area" if isinstance(record, Area) else "organisation",
                object_id=record.pk,
                area_path=record.path if isinstance(record, Area) else record.area.path,
                detail={"scheme": scheme.code, "answers": {reply.question: reply.value for _n, reply in made}},
            )
    return [name for name, _reply in made]


def _figure(value: Value, text: str) -> float:
    """The number that a text gives, if it answers the question."""
    title = said(value.title)
    try:
        figure = float(text.replace(",", ""))
    except ValueError:
        figure = float("nan")
    if not np.isfinite(figure):
        raise InputError(
            _("“%(title)s”应为数字，不能是“%(given)s”") % {"title": title, "given": text[:20]}, where=title
        )
    if value.mark is not None and not value.mark[0] <= figure <= value.mark[1]:
        low, high = value.mark
        raise InputError(
            _("“%(title)s”应在 %(low)s 与 %(high)s 之间") % {"title": title, "low": f"{low:g}", "high": f"{high:g}"},
            where=title,
        )
    allowed = {0.0, 1.0} if value.ask == "yes_no" else {option.is_ for option in value.options}
    if allowed and figure not in allowed:
        raise InputError(_("“%(title)s”应从给出的答复中选择") % {"title": title}, where=title)
    return figure
