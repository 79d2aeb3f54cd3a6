"""The tree of nodes, one node's log, and the conflict box."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import NotFoundError, QiangquError
from qiangqu.registry.access import require
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.formpage import done, form_page
from qiangqu.ui.lists import Asked, Column, Listing, choice, column

from . import conflicts, kinds, standings
from .core import wire
from .models import Batch, Known, Peer, Said

BADGES = {"here": "done", "above": "done", "on": "on_track", "off": "off_track", "never": "no_data", "revoked": "stale"}
LANES = {"acts": _("登记与办件"), "facts": _("数据"), "hours": _("小时值"), "all": _("下发各节点")}


def lane_word(lane: str) -> str:
    return str(LANES.get(lane) or _("下发 %(node)s") % {"node": lane.removeprefix("to/")})


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    used = 100 - round(100 * one["free"] / one["total"]) if one["free"] and one["total"] else None
    return one | {
        "badge": BADGES[one["state"]], "reasons": standings.reasons(one["parked"]),
        "parked_count": sum(one["parked"].values()), "used": used, "indent": min(one["depth"], 4),
        "free_gb": one["free"] / 2**30 if one["free"] else None,
    }  # fmt: skip


@require_GET
@require(Action.VIEW_NODES)
def tree(request: HttpRequest) -> HttpResponse:
    """Every node that this one knows, and how it stands."""
    found = standings.overview()
    rows = [_shown(one) for one in found["nodes"]]
    counts = {state: sum(one["state"] == state for one in rows) for state in ("on", "off", "never", "revoked")}
    context = found | {
        "rows": rows, "now": timezone.now(), "counts": [(BADGES[s], standings.STATES[s], n) for s, n in counts.items() if n],
        "conflicts": len(conflicts.of_user(request.user)), "may_settle": may(request.user, Action.SETTLE_CONFLICTS),
    }  # fmt: skip
    return render(request, "federation/tree.html", context)


@require_GET
@require(Action.VIEW_NODES)
def node(request: HttpRequest, code: str) -> HttpResponse:
    """One node: how it stands, its logs and their ends, what of it waits, and what was done about it."""
    row = next((one for one in standings.overview()["nodes"] if one["code"] == code), None)
    if row is None:
        raise NotFoundError(gettext("没有这个节点"))
    peer = Peer.objects.get(code=code)
    waiting = [
        (standings.REASONS.get(one.reason, _("其他原因")), one.record, one.waits.partition(":")[2])
        for one in Said.objects.filter(origin=code).exclude(waits="").order_by("-pk")[:100]
    ]
    acts = AuditEntry.objects.filter(object_type="node", object_id=code).select_related("user").order_by("-pk")[:20]
    logs = _logs(code)
    context = {"one": _shown(row), "peer": peer, "waiting": waiting, "acts": acts, "logs": logs}
    return render(request, "federation/node.html", context)


def _logs(code: str) -> list[dict[str, Any]]:
    """The logs of a node: how far each goes here, and whether it has branched."""
    from django.db.models import Count, Max

    from .models import Tip

    found = Batch.objects.filter(origin=code).order_by().values("lane", "epoch")
    tips = list(Tip.objects.filter(origin=code).values_list("lane", "epoch", "seq"))
    rows = []
    for one in found.annotate(many=Count("pk"), last=Max("stored_at")).order_by("-last"):
        ends = [seq for lane, epoch, seq in tips if (lane, epoch) == (one["lane"], one["epoch"])]
        rows.append({**one, "word": lane_word(one["lane"]), "seq": max(ends, default=0), "branched": len(ends) > 1})
    return rows


# ---------------------------------------------------------------- the log


def _many(row: Batch) -> int:
    return wire.read_header(bytes(row.signed)).size


LOG = Listing(
    code="federation-log",
    page="federation-log",
    title=_("节点日志"),
    rows=lambda asked: Batch.objects.defer("body"),
    columns=(
        column(Batch, "origin", label=_("节点"), role=lists.NAME, verbatim=True, width=10),
        Column("lane", _("通道"), lambda row: lane_word(row.lane), sort=("lane",), width=14),
        Column("seq", _("序号"), lambda row: row.seq, sort=("seq",), number=True, decimals=0),
        Column("count", _("条数"), _many, number=True, decimals=0, role=lists.VALUE),
        Column(
            "applied", _("处理"), lambda row: _("已处理") if row.applied else _("待处理"), role=lists.STATE,
            badge=lambda row: "green" if row.applied else "amber",
        ),
        column(Batch, "stored_at", label=_("存入本节点"), role=lists.DATE),
        Column("hash", _("校验值"), lambda row: row.hash[:16], verbatim=True, width=18),
        Column("epoch", _("启动"), lambda row: row.epoch[:16], verbatim=True, shown=False, width=18),
    ),
    filters=lambda asked: (
        choice("node", _("节点"), [(code, code) for code in Peer.objects.order_by("code").values_list("code", flat=True)],
               field="origin")
        | choice("applied", _("处理"), [("True", _("已处理")), ("False", _("待处理"))], field="applied")
        | lists.days("stored_at", _("存入"), moments=True)
    ),
    intro=_("各节点签名的批，原样保存、只增不改；每一批都指向它的前一批。"),
    empty=_("还没有批。"),
)  # fmt: skip


# ---------------------------------------------------------------- the conflict box


def _conflicts(asked: Asked) -> Any:
    return Known.objects.filter(pk__in=[one.pk for one in conflicts.of_user(asked.user)])


def _title(row: Known) -> str:
    try:
        return str(conflicts.row_of(row))
    except QiangquError:  # another node may have said what this software cannot put into words
        return row.record


def _kind(row: Known) -> str:
    return str(kinds.model_of(row.kind)._meta.verbose_name)


BOX = Listing(
    code="federation-conflicts",
    page="federation-conflicts",
    title=_("节点冲突"),
    rows=_conflicts,
    columns=(
        Column("title", _("记录"), _title, role=lists.NAME, width=40),
        Column("kind", _("种类"), _kind, sort=("kind",)),
        Column("home", _("主管节点"), lambda row: row.home, sort=("home",), verbatim=True, role=lists.STATE),
        Column("boxed", _("另有几版"), lambda row: row.boxed, sort=("boxed",), number=True, decimals=0, role=lists.VALUE),
    ),
    link=lambda row: reverse("federation-conflict", args=[row.pk]),
    intro=_("两个节点对同一条记录写了不同的内容：主管节点的一版先算数，另外的留在这里，由人看过后选定。"),
    empty=_("目前没有冲突。"),
    size=50,
)  # fmt: skip


@require_http_methods(["GET", "POST"])
@require(Action.SETTLE_CONFLICTS)
def conflict(request: HttpRequest, pk: int) -> HttpResponse:
    """Both versions of a record, field by field, and the choice."""
    known = conflicts.one_of(request.user, pk)
    found = conflicts.versions(known)

    def act() -> HttpResponse:
        sent = request.POST
        conflicts.settle(request.user, pk, sent.get("uid", ""), sent.get("why", ""), sent.get("seen", ""))
        return done(request, gettext("已选定，各节点都会按这一版"), "federation-conflicts")

    def context() -> dict[str, Any]:
        return {
            "known": known, "title": _title(known), "kind": _kind(known), "lines": conflicts.compared(known, found),
            "versions": [(one, dt.datetime.fromtimestamp(max(0, min(one.at, 2**31)), dt.UTC)) for one in found],
            "may_settle": conflicts.may_settle(request.user, known), "sent": request.POST, "seen": conflicts.marks(found),
        }  # fmt: skip

    return form_page(request, "federation/conflict.html", act, context)
