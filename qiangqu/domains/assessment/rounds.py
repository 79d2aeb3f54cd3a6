"""A round from its opening to what is published: opened, frozen, sent to the zones as drafts, published, or void."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.part import Text
from qiangqu.messaging.notify import notify_all
from qiangqu.records.acts import Act
from qiangqu.records.numbering import take
from qiangqu.registry.models import Area
from qiangqu.registry.nodes import node_code

from .access import ROUNDS, people_of, runs
from .freezing import MARKED, frozen, mark, recompute, zones_of
from .models import FrozenValue, ObjectionState, Round, RoundState, ZoneResult

SHORTEST, LONGEST = 1, 90  # days in which zones may object


def written(text: str, what: str, most: int = 300) -> str:
    """A text that must be there. Raises InputError."""
    found = " ".join(text.replace("\0", "").split())
    if not found:
        raise InputError(_("请填写%(what)s") % {"what": what}, where=what)
    if len(found) > most:
        raise InputError(_("%(what)s不超过 %(most)s 字") % {"what": what, "most": most}, where=what)
    return found


def open_round(one: Round, zones: Sequence[Area], user: Any) -> Round:
    """Open a round of these zones. Raises PermissionDenied outside the user's areas, InputError for zones that do not
    lie in the round's area, an edition that is not for zones, and a day ahead."""
    if not runs(user, one):
        raise PermissionDenied
    if one.edition.subject != "zone":
        raise InputError(_("这个方案不是评价园区的"), where=str(one.edition))
    if one.day > timezone.localdate():
        raise InputError(_("数据截至日不能在今天之后"), where=_("数据截至日"))
    if not zones or any(zone.level != "zone" or not zone.path.startswith(one.area.path) for zone in zones):
        raise InputError(_("请选择组织区域内的园区"), where=_("参评园区"))
    with transaction.atomic():
        node, year = node_code(), timezone.localdate().year
        one.number = f"PJ-{node}-{year}-{take('assessment_rounds', year=year, node=node):03d}"
        one.opened_by = user
        one.save()
        ZoneResult.objects.bulk_create([ZoneResult(round=one, area=zone) for zone in zones])
        ROUNDS.log(user, "opened", one, scheme=str(one.edition), day=one.day, zones=len(zones))
    return one


@ROUNDS.declare(
    "frozen",
    gettext_lazy("冻结评价数据"),
    name="freeze",
    states=(RoundState.OPEN, RoundState.FROZEN),
    said=lambda count: _("已冻结 %(count)s 个取值并计算得分") % {"count": f"{count:,}"},
)
def freeze(act: Act[Round]) -> int:
    """Keep every value as it is known now for the round's day, with where it came from, and compute the marks from
    them alone. Until drafts are sent it may be done again; experts' marks stay. Gives how many values."""
    one = act.record
    one.scheme, one.state, one.frozen_at = one.edition.data, RoundState.FROZEN, timezone.now()
    scheme = one.edition.scheme
    results = zones_of(one)
    values = frozen(one, scheme, results)
    FrozenValue.objects.filter(result__round=one).delete()
    FrozenValue.objects.bulk_create(values, batch_size=500)
    made_up = {result.pk: result.simulated for result in results}
    results = zones_of(one)
    for result in results:
        result.simulated = made_up[result.pk]
    mark(scheme, results)
    ZoneResult.objects.bulk_update(results, MARKED)
    one.simulated = one.simulated or any(result.simulated for result in results)
    one.save()
    act.detail |= {"values": len(values), "scheme": f"{scheme.code} {scheme.edition}", "day": one.day}
    return len(values)


@ROUNDS.declare(
    "sent",
    gettext_lazy("送达初评结果"),
    name="send_drafts",
    states=(RoundState.FROZEN,),
    said=lambda until: _("已送各园区，异议期到 %(day)s") % {"day": until},
)
def send_drafts(act: Act[Round]) -> dt.date:
    """The zones get their drafts, and may object until the day that it gives (that day included)."""
    one, now = act.record, timezone.now()
    results = recompute(one)
    for result in results:
        result.draft_low, result.draft_high, result.draft_rank = result.low, result.high, result.rank
    ZoneResult.objects.bulk_update(results, ("draft_low", "draft_high", "draft_rank"))
    one.state, one.sent_at = RoundState.OBJECTION, now
    one.objection_until = timezone.localdate(now) + dt.timedelta(days=one.objection_days)
    one.save()
    for result in results:
        tell(
            result, _("园区评价初评结果已送达"), _("对得分有异议的，请在 %(day)s 前提出") % {"day": one.objection_until}
        )
    act.detail |= {"until": one.objection_until, "zones": len(results)}
    return one.objection_until


def tell(result: ZoneResult, subject: str, text: str) -> int:
    """A message to those who speak for the zone."""
    return notify_all(
        people_of(result.area), f"{subject}：{result.round.title}", f"{result.area} {text}",
        reverse("assessment-zone", args=[result.pk]), topic="assessment", simulated=result.simulated,
    )  # fmt: skip


@ROUNDS.declare(
    "extended",
    gettext_lazy("延长异议期"),
    name="extend",
    states=(RoundState.OBJECTION,),
    said=lambda until: _("异议期延长到 %(day)s") % {"day": until},
)
def extend(act: Act[Round], until: dt.date | None = None) -> dt.date:
    """A later last day to object. Raises InputError for one that is not later, or too far away."""
    one = act.record
    assert one.objection_until is not None  # or the drafts were not sent
    first = max(one.objection_until + dt.timedelta(days=1), timezone.localdate())
    if until is None or not first <= until <= one.objection_until + dt.timedelta(days=LONGEST):
        raise InputError(
            _("新的截止日应在 %(day)s 或以后，最多延长 %(most)s 天") % {"day": first, "most": LONGEST},
            where=_("异议截止日"),
        )
    act.detail |= {"from": one.objection_until, "until": until}
    one.objection_until = until
    one.save(update_fields=["objection_until"])
    for result in one.zones.select_related("area", "round"):
        tell(result, _("园区评价异议期延长"), _("到 %(day)s") % {"day": until})
    return until


def not_yet(one: Round) -> Text:
    """What keeps a round from being published; "" for nothing."""
    waiting = one.zones.filter(objections__state=ObjectionState.OPEN).distinct().count()
    if waiting:
        return _("还有 %(count)s 个园区的异议没有裁定") % {"count": waiting}
    silent = one.zones.filter(accepted_at=None).count()
    if silent and one.objection_until is not None and timezone.localdate() <= one.objection_until:
        return _("异议期到 %(day)s，还有 %(count)s 个园区没有确认") % {"day": one.objection_until, "count": silent}
    return ""


@ROUNDS.declare(
    "published",
    gettext_lazy("公布评价结果"),
    name="publish",
    states=(RoundState.OBJECTION,),
    stands=not_yet,
    said=gettext_lazy("已公布排名和等级"),
)
def publish(act: Act[Round], document: str) -> Round:
    """Marks, places and levels stand; all zones of the round see the ranking. Raises InputError without the number of
    the document that publishes it."""
    one = act.record
    one.document = written(document, _("公布文号"), 120)
    results = recompute(one)
    one.state, one.published_at = RoundState.PUBLISHED, timezone.now()
    one.save()
    for result in results:
        tell(result, _("园区评价结果已公布"), _("文号 %(number)s") % {"number": one.document})
    ranges = sum(result.high is None or result.high - (result.low or 0) > 1e-9 for result in results)
    act.detail |= {"document": one.document, "zones": len(results), "ranges": ranges}
    return one


@ROUNDS.declare(
    "voided",
    gettext_lazy("作废评价轮次"),
    name="void",
    states=(RoundState.OPEN, RoundState.FROZEN, RoundState.OBJECTION),
    said=gettext_lazy("已作废"),
)
def void(act: Act[Round], reason: str) -> Round:
    """The round ends without a result; what was frozen stays to be seen."""
    one = act.record
    one.void_reason = written(reason, _("理由"))
    sent = one.state == RoundState.OBJECTION
    one.state = RoundState.VOID
    one.save(update_fields=["state", "void_reason"])
    for result in one.zones.select_related("area", "round") if sent else ():
        tell(result, _("园区评价轮次已作废"), one.void_reason)
    act.detail["reason"] = one.void_reason
    return one
