"""How the nodes of the tree stand: what a child says of itself and of those below it, what waits for the line, and
who is off since when. Ages are told, not times: no clock of another node is believed."""

import datetime as dt
import math
import shutil
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import Any, NamedTuple

from django.db.models import Count, Min
from django.utils import timezone

from qiangqu.base.homes import home_folder
from qiangqu.registry.models import Area
from qiangqu.registry.nodes import code_for, this_node

from . import storage
from .core import wire
from .models import STANDING, Batch, Known, Outgoing, Peer, Said, Standing

#: a child that has not called for so long is off; it calls every second, or tells its state twice a minute
OFF_AFTER = dt.timedelta(seconds=90)
#: how often a child tells its state though nothing has changed
TELL_EVERY = 30.0
MOST_NODES = 60


class Waiting(NamedTuple):
    """What the line has not carried yet: sealed batches, entries not sealed, and since when the oldest waits."""

    batches: int
    entries: int
    oldest: dt.datetime | None


class Off(NamedTuple):
    """A node that does not call, with all below it: what is shown of its areas is of ``since`` (None: it has never
    called)."""

    code: str
    name: str
    since: dt.datetime | None


def waiting(agreed: int, shared: Callable[[str, str], bool], ours: Callable[[str], bool]) -> Waiting:
    """The batches after ``agreed`` of logs that are shared and that come from this side of the line."""
    found = (
        Batch.objects.filter(pk__gt=agreed).order_by()
        .values_list("origin", "lane").annotate(Count("pk"), Min("stored_at"))
    )  # fmt: skip
    rows = [(many, oldest) for origin, lane, many, oldest in found if ours(origin) and shared(origin, lane)]
    return Waiting(sum(many for many, _ in rows), 0, min((oldest for _, oldest in rows), default=None))


def waiting_up() -> Waiting:
    """What this node has not brought to its parent."""
    own = Standing.objects.filter(pk=STANDING).first()
    if own is None or not own.parent:
        return Waiting(0, 0, None)
    here, known = this_node().code, storage.tree()
    found = waiting(own.agreed, storage.shared_with(here), lambda origin: known.covers(here, origin))
    return found._replace(entries=Outgoing.objects.count())


def waiting_down(peer: Peer) -> Waiting:
    """What a child of this node has not fetched."""
    known = storage.tree()
    return waiting(peer.agreed, storage.shared_with(peer.code), lambda origin: not known.covers(peer.code, origin))


def parked() -> dict[str, int]:
    """How many entries wait here, by reason."""
    found = Said.objects.exclude(waits="").order_by().values_list("reason").annotate(Count("pk"))
    return dict(found)


def own() -> dict[str, Any]:
    """This node's state, as it is told to those above."""
    disk, up = shutil.disk_usage(home_folder()), waiting_up()
    age = (timezone.now() - up.oldest).total_seconds() if up.oldest else 0
    return {
        "code": this_node().code, "name": this_node().name, "version": version("qiangqu"), "parked": parked(),
        "conflicts": Known.objects.filter(boxed__gt=0).count(), "free": disk.free, "total": disk.total,
        "batches": up.batches, "entries": up.entries, "oldest": round(age),
    }  # fmt: skip


def report() -> list[dict[str, Any]]:
    """This node's state and what it knows of those below it: ``age`` is how long ago it heard of each (s)."""
    here, now = this_node().code, timezone.now()
    found = [own()]
    for one in Peer.objects.filter(code__in=storage.tree().below(here), revoked_at=None).order_by("code"):
        age = round((now - one.contact_at).total_seconds()) if one.contact_at else -1
        found.append(one.condition | {"code": one.code, "age": age, "area": one.area, "version": one.version})
    return found[:MOST_NODES]


def steady(said: Iterable[Mapping[str, Any]]) -> list[Any]:
    """What of a report is worth telling at once when it changes: not ages, and the disk by whole GB; whether a node
    is off counts."""
    off = OFF_AFTER.total_seconds()
    return [
        {**{name: value for name, value in one.items() if name not in ("oldest", "free", "age", "batches", "entries")},
         "free": int(one.get("free", 0)) >> 30, "off": not 0 <= one.get("age", 0) <= off}
        for one in said
    ]  # fmt: skip


def _number(said: Any, most: int = 2**53) -> int:
    return max(-1, min(int(said), most)) if isinstance(said, int | float) and math.isfinite(said) else 0


def _clean(said: Mapping[str, Any]) -> dict[str, Any]:
    reasons = said.get("parked")
    kept = {name: _number(said.get(name)) for name in ("conflicts", "free", "total", "batches", "entries", "oldest")}
    counts = {str(why)[:20]: _number(many) for why, many in reasons.items()} if isinstance(reasons, dict) else {}
    return kept | {"name": str(said.get("name", ""))[:80], "parked": dict(sorted(counts.items())[:20])}


def believe(peer: Peer, said: Any) -> None:
    """Keep what a child says of itself and of those below it; of others nothing is taken from it."""
    known, now = storage.tree(), timezone.now()
    for one in said[:MOST_NODES] if isinstance(said, list) else ():
        code = str(one.get("code", "")) if isinstance(one, dict) else ""
        if not wire.NODE.match(code) or not known.covers(peer.code, code):
            continue
        kept: dict[str, Any] = {"condition": _clean(one), "heard_at": now, "version": str(one.get("version", ""))[:40]}
        if code != peer.code:  # of a child this node knows by itself when it called
            age = _number(one.get("age"))
            kept["contact_at"] = now - dt.timedelta(seconds=min(age, 10**9)) if age >= 0 else None
            kept["area"] = str(one.get("area", ""))[:40]
        Peer.objects.filter(code=code).update(**kept)


def area_of(peer: Peer, by_code: Mapping[str, Area]) -> Area | None:
    """The area that a node serves: the one named when it was invited, else the one after which it is called.
    ``by_code``: areas by their own code and by the code of a node named after them."""
    return by_code.get(peer.area or peer.code)


def bounds(code: str) -> tuple[str, ...]:
    """Paths of the areas in all of which lies what a node below this one may speak of: its own, and that of each node
    on the way to it, whose word for its children's areas is not believed further. Empty where none is known."""
    by_code, found = areas(), []
    for one in Peer.objects.filter(code__in=_way(code), revoked_at=None):
        area = area_of(one, by_code)
        if area is not None:
            found.append(area.path)
    return tuple(sorted(found))


def _way(code: str) -> list[str]:
    """The node and those above it up to this one's child."""
    known, here = storage.tree(), this_node().code
    return [one for one in (code, *known.up(code)) if here in known.up(one)]


def areas() -> dict[str, Area]:
    found = list(Area.objects.order_by("-path"))
    return {code_for(one.code): one for one in found} | {one.code: one for one in found}


def off_since(peer: Peer, peers: Mapping[str, Peer], here: str, now: dt.datetime) -> Off | None:
    """The node nearest to this one, on the way to ``peer``, that does not call; None when all do."""
    way: list[Peer] = []
    at: Peer | None = peer
    while at is not None and at.code != here and len(way) < 20:
        way.append(at)
        at = peers.get(at.parent)
    for one in reversed(way):
        heard = now if one.parent == here else (one.heard_at or now)
        if one.contact_at is None or heard - one.contact_at > OFF_AFTER:
            return Off(one.code, str(one.condition.get("name", "")) or one.code, one.contact_at)
    return None


def missing(path: str) -> list[Off]:
    """The nodes below this one that are off and whose areas lie in the subtree at ``path`` (or around it): sums over
    it lack what they have not sent. Nothing is kept between two questions."""
    here, now = this_node().code, timezone.now()
    peers = {one.code: one for one in Peer.objects.filter(revoked_at=None)}
    below = [one for one in peers.values() if one.parent and one.code != here]
    if not below:
        return []
    known, by_code = storage.tree(), areas()
    found: dict[str, Off] = {}
    for one in below:
        if not known.covers(here, one.code):
            continue
        off = off_since(one, peers, here, now)
        area = area_of(one, by_code)
        touches = area is None or area.path.startswith(path) or path.startswith(area.path)
        if off is not None and touches:
            found.setdefault(off.code, off._replace(name=_named(peers[off.code], by_code)))
    return sorted(found.values())


def _named(peer: Peer, by_code: Mapping[str, Area]) -> str:
    area = area_of(peer, by_code)
    return area.name if area is not None else str(peer.condition.get("name", "")) or peer.code
