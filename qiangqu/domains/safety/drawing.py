"""The acts on a draw 抽查: prepared, committed to, drawn, opened at the start hour, published, or void for all to see.

Nobody can steer it: what is sealed by the commitment (lists, rules, source, secret nonce) is fixed before the public
value exists; the value is not chosen here; the seed comes of both. Whoever draws again needs a new commitment with a
number of its own, and the old one stays visible.
"""

import datetime as dt
import json
import secrets
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base import draw as qd1
from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.part import Text
from qiangqu.cases.workdays import calendar
from qiangqu.messaging.notify import notify_all
from qiangqu.records.acts import Act, Acts
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.numbering import take
from qiangqu.registry.models import Organisation
from qiangqu.registry.nodes import node_code

from . import rosters, sources
from .access import prepares, runs
from .models.inspections import Draw, Inspector, Visit, VisitMember
from .terms import DrawState

#: how long the source is waited for before its fallback may be used
FALLBACK_AFTER = dt.timedelta(hours=24)
EARLIEST = dt.timedelta(minutes=2)

DRAWS = Acts(Draw, "draw", may=runs, related=("area", "prepared_by", "committed_by", "drawn_by"), title="number")
EDITED = (
    "title",
    "as_of",
    "unseen_months",
    "rules",
    "source",
    "fallback",
    "value_due",
    "starts_at",
    "publish_workdays",
)


def reason_of(text: str, where: str = "reason") -> str:
    """A reason in 2–200 characters. Raises InputError."""
    reason = " ".join(text.split())
    if not 2 <= len(reason) <= 200:
        raise InputError(_("请写原因（2—200字）"), where=where)
    return reason


def _check(draw: Draw) -> None:
    """Raises InputError for a draw that cannot be committed to at any time."""
    try:
        qd1.check_rules(draw.rules)
    except qd1.DrawError as error:
        raise InputError(str(error), where="rules") from None
    for text in (draw.source, draw.fallback):
        if "|" in text or "\n" in text:
            raise InputError(_("来源写成一行，不含“|”"), where="source")
    if draw.fallback and draw.fallback == draw.source:
        raise InputError(_("备用来源应与来源不同"), where="fallback")
    if draw.starts_at <= draw.value_due:
        raise InputError(_("检查开始应晚于公开值公布时间"), where="starts_at")


def prepare(draw: Draw, user: Any) -> Draw:
    """Keep a new draw under the next number of the year. Raises PermissionDenied outside the user's areas."""
    if not prepares(user, draw):
        raise PermissionDenied
    _check(draw)
    with transaction.atomic():
        node, draw.prepared_at = node_code(), timezone.now()
        year = timezone.localtime(draw.prepared_at).year
        draw.number = f"AJ-{node}-{year}-{take('draws', year=year, node=node):04d}"
        draw.prepared_by = user
        draw.save()
        DRAWS.log(user, "prepared", draw, title=draw.title, rules=draw.rules, source=draw.whole_source)
    return draw


@DRAWS.declare(
    "changed", gettext_lazy("修改抽查"), name="edit", may=prepares, own_page=True, states=(DrawState.PREPARED,),
    refusal=gettext_lazy("抽查%(state)s，不能再改"),
)  # fmt: skip
def change(act: Act[Draw], written: Draw, revision: int) -> Draw:
    """Keep what was changed. Raises ConflictError when somebody changed it in between."""
    act.still_at(revision)
    draw = act.record
    for name in EDITED:
        setattr(draw, name, getattr(written, name))
    _check(draw)
    draw.revision += 1
    draw.save()
    act.detail |= {"title": draw.title, "rules": draw.rules, "source": draw.whole_source}
    return draw


@DRAWS.declare(
    "committed",
    gettext_lazy("抽查承诺"),
    states=(DrawState.PREPARED,),
    said=lambda draw: _("已承诺：%(commit)s") % {"commit": draw.commit},
)
def commit(act: Act[Draw]) -> Draw:
    """Seal lists, rules, source and a nonce made here; only their hash becomes known. Raises InputError when the
    public value could be there already, or nothing can be drawn from the rosters."""
    draw, now = act.record, timezone.now()
    _check(draw)
    if draw.value_due < now + EARLIEST:
        raise InputError(_("公开值已公布或即将公布，不能再承诺；请改用以后公布的公开值"), where="value_due")
    number = sources.round_of(draw.source)
    if number is not None and sources.round_at(now + EARLIEST) > number:
        raise InputError(
            _("drand 第 %(number)s 轮已公布或即将公布，请改用以后的轮次") % {"number": number}, where="source"
        )
    lists = rosters.lists_of(draw)
    rosters.check(draw, lists)
    draw.subjects_file, draw.inspectors_file = lists.subjects, lists.inspectors
    draw.conflicts_file, draw.nonce = lists.conflicts, secrets.token_hex(qd1.NONCE_BYTES)
    inputs = rosters.inputs_of(draw)
    draw.hashes, draw.commit = qd1.hashes(inputs), qd1.commitment(inputs)
    draw.committed_at, draw.committed_by, draw.state = now, act.user, DrawState.COMMITTED
    draw.revision += 1
    draw.save()
    act.detail |= {"commit": draw.commit, "source": draw.whole_source, **draw.hashes}
    return draw


def _sealed_result(draw: Draw) -> dict[str, Any]:
    """What follows from the sealed inputs. Raises ConflictError when they are not those committed to."""
    try:
        found = qd1.result(rosters.inputs_of(draw))
    except qd1.DrawError as error:
        raise ConflictError(_("封存的名单不能使用：%(why)s") % {"why": error}, where=draw.number) from None
    changed = [name for name, value in draw.hashes.items() if found.get(name) != value]
    if changed or found["commit"] != draw.commit:
        names = "、".join(changed) or "commit"
        raise ConflictError(
            _("封存的名单、规则或来源在承诺之后被改过（%(names)s），不能抽取；只能作废") % {"names": names},
            where=draw.number,
        )
    return found


@DRAWS.declare(
    "drawn",
    gettext_lazy("抽取"),
    name="draw",
    states=(DrawState.COMMITTED,),
    said=gettext_lazy("已抽取，名单到检查开始时才公开"),
)
def draw_now(
    act: Act[Draw], value: str, evidence: str = "", fallback: bool = False, why: str = "", files: Files = ()
) -> Draw:
    """Draw with the public value: of drand the pasted round, whose signature is checked; else what was published,
    with where it stands, entered by another person than who committed. With ``fallback`` the value is that of the
    fallback, for the reason ``why``. Raises InputError, and ConflictError for lists changed since the commitment."""
    draw, now = act.record, timezone.now()
    if now < draw.value_due:
        raise InputError(_("公开值的公布时间还没有到"), where="value")
    source = draw.source
    if fallback:
        if not draw.fallback:
            raise InputError(_("承诺时没有写备用来源"), where="fallback")
        if now < draw.value_due + FALLBACK_AFTER:
            raise InputError(_("公布时间过后 24 小时仍取不到公开值的，才可改用备用来源"), where="fallback")
        source, draw.by_fallback = draw.fallback, reason_of(why, "why")
    number = sources.round_of(source)
    if number is not None:
        draw.public_value, draw.signature = sources.checked_round(number, value)
        draw.evidence = sources.address_of(source)
    else:
        if act.user.pk == draw.committed_by_id:
            raise InputError(_("公开值须由承诺人以外的人员录入"), where="value")
        draw.public_value = sources.written_value(value)
        draw.evidence = " ".join(evidence.split())[:300]
        if len(draw.evidence) < 2:
            raise InputError(_("请写明公开值的出处和公布时间"), where="evidence")
    found = _sealed_result(draw)
    draw.result_hash = qd1.digest(json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    draw.drawn_at, draw.drawn_by, draw.state = now, act.user, DrawState.DRAWN
    draw.revision += 1
    draw.save()
    attach(draw, files, act.user)
    act.detail |= {
        "commit": draw.commit, "public_value": draw.public_value, "evidence": draw.evidence, "fallback": draw.by_fallback,
        "verified": bool(draw.signature), "result": draw.result_hash,
    }  # fmt: skip
    return draw


def _before_the_hour(draw: Draw) -> Text:
    return gettext_lazy("还没有到检查开始时间") if timezone.now() < draw.starts_at else ""


@DRAWS.declare(
    "opened",
    gettext_lazy("公开抽查名单"),
    name="open",
    states=(DrawState.DRAWN,),
    stands=_before_the_hour,
    said=gettext_lazy("名单已公开给检查组"),
)
def open_names(act: Act[Draw]) -> Draw:
    """At the start hour: the visits come into being and those who go are told."""
    opened(act.record)
    act.detail["visits"] = act.record.visits.count()
    return act.record


def opened(draw: Draw) -> None:
    """Make the visits of what was drawn, and tell those who go, in the caller's transaction."""
    found = _sealed_result(draw)
    strata = dict(line.split("\t") for line in draw.subjects_file.split("\n")[:-1])
    firms = {one.code: one for one in Organisation.objects.filter(code__in=found["drawn"])}
    people = {
        one.code: one for one in Inspector.objects.filter(code__in=draw.inspectors_file.replace("\t", "\n").split("\n"))
    }
    told = []
    for place, code in enumerate(found["drawn"], start=1):
        visit = Visit.objects.create(
            draw=draw, organisation=firms[code], place=place, stratum=strata[code], short=code in found["short"],
            simulated=draw.simulated,
        )  # fmt: skip
        team = [people[who] for who in found["teams"][code]]
        VisitMember.objects.bulk_create(
            [VisitMember(visit=visit, inspector=one, place=n) for n, one in enumerate(team, 1)]
        )
        told += team
    draw.state, draw.opened_at = DrawState.OPENED, timezone.now()
    draw.revision += 1
    draw.save()
    tell(draw, told)


def tell(draw: Draw, people: list[Inspector]) -> None:
    """Tell inspectors that they are sent; to whom stands on the page only."""
    users = [one.user for one in people if one.user is not None]
    subject = _("今天有检查任务：%(title)s") % {"title": draw.title}
    text = _("检查对象和同组人员请在平台查看；请勿事先通知检查对象，请勿外传。")
    notify_all(
        users,
        subject,
        text,
        f"/safety/draws/{draw.pk}/",
        topic="inspections",
        key=f"draw:{draw.pk}",
        simulated=draw.simulated,
    )


def limit_of(draw: Draw) -> dt.date | None:
    """The last day for publishing: so many working days after the last visit; None before all are entered."""
    days = [visit.visited_on for visit in draw.visits.all() if not visit.replaced_because]
    if not days or None in days:
        return None
    last: dt.date = max(day for day in days if day is not None)
    return calendar().add(last, draw.publish_workdays)


def _unfinished(draw: Draw) -> Text:
    left = draw.visits.filter(outcome="", replaced_because="").count()
    return _("还有 %(n)s 家没有录入结果") % {"n": left} if left else ""


@DRAWS.declare(
    "published",
    gettext_lazy("公示抽查结果"),
    name="publish",
    states=(DrawState.OPENED,),
    stands=_unfinished,
    said=gettext_lazy("已公示，任何人都可以重算验证"),
)
def publish(act: Act[Draw]) -> Draw:
    """Publish results, nonce and lists: from now on anybody can recompute the draw."""
    draw, limit = act.record, limit_of(act.record)
    draw.state, draw.published_at = DrawState.PUBLISHED, timezone.now()
    draw.revision += 1
    draw.save()
    act.detail |= {"limit": limit, "late": limit is not None and timezone.localdate() > limit}
    return draw


def _to_be_drawn_first(draw: Draw) -> Text:
    """A commitment whose value is there is not given up before everybody can see whom it would have hit."""
    due = draw.value_due <= timezone.now() < draw.value_due + FALLBACK_AFTER
    if draw.state == DrawState.COMMITTED and due:
        return gettext_lazy(
            "公开值已到公布时间，请先抽取再作废，以便公开原抽取结果；24 小时后仍取不到公开值的，可直接作废"
        )
    return ""


@DRAWS.declare(
    "voided", gettext_lazy("作废抽查"), name="void", states=(DrawState.PREPARED, DrawState.COMMITTED, DrawState.DRAWN, DrawState.OPENED),
    stands=_to_be_drawn_first,
    said=gettext_lazy("已作废；编号、承诺值和作废原因将一直公开"),
)  # fmt: skip
def void(act: Act[Draw], reason: str) -> Draw:
    """Give a draw up: it stays, with its commitment and the reason, for everybody to see."""
    draw = act.record
    act.detail |= {"reason": (reason := reason_of(reason)), "was": draw.state, "commit": draw.commit}
    draw.state, draw.void_reason = DrawState.VOID, reason
    draw.revision += 1
    draw.save()
    return draw
