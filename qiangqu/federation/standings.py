"""What pages, API and command show of the tree: each node's last contact, what waits for its line, what is parked and
why, its clock, software and disk."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.registry.nodes import this_node

from . import condition, storage
from .core import pace
from .models import STANDING, Invitation, Peer, Standing

#: why an entry waits, in words
REASONS = {
    "ref": gettext_lazy("所指的记录还没有到"),
    "kind": gettext_lazy("本节点的软件不认识这类内容"),
    "version": gettext_lazy("来自更新的软件，升级后处理"),
    "old": gettext_lazy("来自过旧的软件"),
    "failed": gettext_lazy("内容不被接受"),
}
STATES = {
    "here": gettext_lazy("本节点"),
    "above": gettext_lazy("上级"),
    "on": gettext_lazy("在线"),
    "off": gettext_lazy("断网"),
    "never": gettext_lazy("还没有来过"),
    "revoked": gettext_lazy("已撤销"),
}
CLOCKS = {"": "", "amber": gettext_lazy("偏差超过 1 分钟"), "mark": gettext_lazy("偏差超过 10 分钟")}


def _depth(peers: dict[str, Peer], code: str) -> tuple[str, ...]:
    way: list[str] = []
    while code in peers and code not in way:
        way.append(code)
        code = peers[code].parent
    return tuple(reversed(way))


def overview() -> dict[str, Any]:
    """How this node stands, and every node that it knows, those above first, each after the one above it."""
    here, now = this_node().code, timezone.now()
    own = Standing.objects.filter(pk=STANDING).first()
    peers = {one.code: one for one in Peer.objects.all()}
    known, by_code = storage.tree(), condition.areas()
    rows = [
        _row(peers[code], peers, here, now, known, by_code)
        for code in sorted(peers, key=lambda one: _depth(peers, one))
    ]
    return {
        "code": here, "parent": own.parent if own else "", "url": own.url if own else "",
        "reached": own.reached_at if own else None, "trouble": own.trouble if own else "",
        "stopped": bool(own and own.stopped), "alone": own is None, "nodes": rows,
        "invited": list(Invitation.objects.filter(certificate="", expires_at__gt=now).values_list("code", flat=True)),
    }  # fmt: skip


def _row(one: Peer, peers: dict[str, Peer], here: str, now: Any, known: Any, by_code: Any) -> dict[str, Any]:
    said, mine = one.condition, one.code == here
    if mine:
        said = condition.own()
    area = condition.area_of(one, by_code)
    off = None if mine or not known.covers(here, one.code) else condition.off_since(one, peers, here, now)
    state = (
        "here" if mine else "revoked" if one.revoked_at else "above" if not known.covers(here, one.code)
        else "on" if off is None else "off" if off.since else "never"
    )  # fmt: skip
    down = condition.waiting_down(one) if one.parent == here else None
    grade = pace.clock_grade(one.offset) if one.offset is not None else ""
    oldest = said.get("oldest") or 0
    return {
        "code": one.code, "parent": one.parent, "depth": max(len(_depth(peers, one.code)) - 1, 0),
        "name": area.name if area is not None else str(said.get("name") or one.code),
        "area": area.code if area is not None else "", "state": state, "state_word": str(STATES[state]),
        "contact": None if mine else one.contact_at, "off": off.code if off else "", "off_since": off.since if off else None,
        "batches": said.get("batches"), "entries": said.get("entries"), "oldest_minutes": round(oldest / 60) if oldest else 0,
        "down": down.batches if down else 0, "down_since": down.oldest if down else None,
        "parked": dict(said.get("parked") or {}), "conflicts": said.get("conflicts") or 0,
        "clock": one.offset, "clock_grade": grade, "clock_word": str(CLOCKS[grade]),
        "version": said.get("version") or one.version, "free": said.get("free"), "total": said.get("total"),
        "heard": now if mine else one.heard_at,
    }  # fmt: skip


def reasons(parked: dict[str, int]) -> list[tuple[str, int]]:
    """Why entries wait, in words."""
    return [(str(REASONS.get(why) or _("其他原因")), many) for why, many in sorted(parked.items())]
