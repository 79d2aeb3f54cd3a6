"""Experts drawn for a nomination so that nobody can choose them (the draw of :mod:`qiangqu.base.draw`): who may be drawn, who
keeps apart, the order, and the document from which anybody can recompute it.
"""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base import draw as qd1
from qiangqu.base.visibility import own_organisations, trail
from qiangqu.messaging.notify import notify
from qiangqu.registry.models.history import alive_on

from .models import Expert, ExpertMark, Nomination

STRATUM = "申报"
SOURCE = "申报企业报数"


def roster(one: Nomination, day: dt.date) -> list[Expert]:
    """Who may be drawn: the experts of the area and of those above it, with an account."""
    rows = Expert.objects.filter(area__path__in=trail(one.organisation.area.path), user__is_active=True)
    return list(alive_on(rows, day).select_related("organisation", "user"))


def apart(one: Nomination, expert: Expert) -> bool:
    """Whether an expert keeps apart from the enterprise: it is his own, he speaks for it, or has said so before."""
    firm = one.organisation_id
    declared = ExpertMark.objects.filter(
        expert=expert, nomination__organisation=firm, state=ExpertMark.State.APART
    ).exclude(nomination=one)
    return expert.organisation_id == firm or firm in own_organisations(expert.user) or declared.exists()


def unit_of(expert: Expert) -> str:
    return expert.organisation.code if expert.organisation is not None else "—"


def inputs_of(one: Nomination) -> dict[str, str]:
    """What the draw of a nomination's experts follows from (:data:`qiangqu.base.draw.INPUTS`)."""
    return {
        "draw_id": one.number,
        "subjects_file": qd1.written([(one.number, STRATUM)]),
        "inspectors_file": one.experts_file,
        "conflicts_file": one.conflicts_file,
        "rules": qd1.canonical_rules({"team": max(one.team, 1), "max_load": 1, "quota": [[STRATUM, 1]]}),
        "nonce_hex": one.nonce,
        "source": SOURCE,
        "public_value": one.lot,
    }


def order_of(one: Nomination) -> list[str]:
    """The codes of all experts who are free of conflict, in the order of the draw: the first are the team, the others
    stand in for them one after another."""
    inputs = inputs_of(one)
    conflicts = {line.split(">")[0] for line in one.conflicts_file.split("\n") if line}
    free = [code for line in one.experts_file.split("\n") if line and (code := line.split("\t")[0]) not in conflicts]
    return qd1.shuffled(qd1.seed_of(inputs, qd1.commitment(inputs)), f"inspector/{one.number}", free)


def ask(one: Nomination, code: str, place: int) -> None:
    expert = Expert.objects.select_related("user").get(code=code)
    ExpertMark.objects.create(nomination=one, expert=expert, place=place)
    subject = _("请评审认定申报：%(number)s") % {"number": one.number}
    text = _("您被抽取为评审专家。与申报企业有利害关系的，请申报回避。")
    notify(
        expert.user, subject, text, reverse("nomination", args=[one.pk]), topic="recognitions",
        key=f"nomination:{one.pk}:expert:{code}", simulated=one.simulated,
    )  # fmt: skip


def document_of(one: Nomination) -> dict[str, Any]:
    """The draw of the experts for anybody to recompute, once the nomination was made public."""
    inputs = inputs_of(one)
    by_hand = [
        {"subject": one.number, "left": mark.expert.code, "because": mark.reason}
        for mark in one.marks.filter(state__in=(ExpertMark.State.APART, ExpertMark.State.EXCUSED)).select_related(
            "expert"
        )
    ]
    return {
        "algorithm": "QD-1", "title": str(one), "inputs": inputs, "outputs": qd1.result(inputs), "order": order_of(one),
        "by_hand": by_hand, "simulated": one.simulated,
    }  # fmt: skip


def text_of(document: Mapping[str, Any]) -> bytes:
    """The document as a file."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode()
