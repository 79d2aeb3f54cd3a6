"""What a child and its parent say to one another before batches go over the line: who is speaking (leases tell a
restored or copied node), which versions meet, what each holds, what is safe, and how fast to go on."""

import hashlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

from .shapes import PROTO, Alarm, Log, Mark, Tips
from .store import Shelf, forgotten, tips_of
from .tree import Tree


class Identity(NamedTuple):
    """What a node knows of itself. ``lease`` was used at the last call that was answered, ``next`` is stored
    before a call that uses it; ``stopped``: an operator has said that another copy goes on."""

    code: str
    instance: str
    epoch: str
    lease: str = "0"
    next: str = ""
    stopped: bool = False


class Seat(NamedTuple):
    """What a parent knows of a child: the running copy, its lease and the one before."""

    instance: str
    lease: str = "0"
    previous: str = ""


class Hello(NamedTuple):
    """A child's call when the two hold different things (:func:`knock` finds that out). ``safe`` are the tips inside
    its last verified backup."""

    proto: tuple[int, int]
    node: str
    instance: str
    lease: str
    next: str
    clock: float
    tips: Tips
    outlines: Mapping[Log, tuple[Mark, ...]]
    safe: Tips = {}
    parked: int = 0


class Answer(NamedTuple):
    """The parent's answer. ``verdict``: ok, versions, stranger, superseded, stale, notyou; ``safe`` are the tips
    inside its last verified backup; ``ask`` names logs of which it needs an outline."""

    verdict: str
    proto: int
    clock: float
    tips: Tips
    safe: Tips
    outlines: Mapping[Log, tuple[Mark, ...]]
    ask: tuple[Log, ...] = ()


class Turn(NamedTuple):
    """What a side does after a message: its identity and its child's seat from now on, and what people must know."""

    me: Identity
    seat: Seat | None = None
    alarms: tuple[Alarm, ...] = ()


def digest(tips: Tips) -> str:
    """One word for what a side holds of the logs that both share."""
    said = sorted((*log, mark.seq, mark.hash) for log, marks in tips.items() for mark in marks)
    return hashlib.sha256(repr(said).encode()).hexdigest()


def meet(theirs: tuple[int, int], ours: tuple[int, int] = PROTO) -> int | None:
    """The version of the protocol that two nodes speak; None only where their ranges do not meet.

    >>> meet((1, 2), (2, 3)), meet((1, 1), (1, 1)), meet((1, 1), (2, 3)), meet((3, 9), (2, 4))
    (2, 1, None, 4)
    """
    best = min(theirs[1], ours[1])
    return best if best >= max(theirs[0], ours[0]) else None


def lease(seat: Seat, instance: str, said: str, next: str) -> tuple[str, Seat]:
    """Whether the caller is the copy of the child that goes on, and its seat from now on.

    A child stores ``next`` before it calls with (lease, next). Two successors of one lease, or one long gone, come
    from a restored or a copied node; so does an old one from a live caller (``stale``): a message that was repeated
    on the way is called stale too, but then nobody hears it.
    """
    if instance != seat.instance:
        return "superseded", seat
    if next == seat.lease:
        return "ok", seat  # the answer was lost
    if said == seat.lease:
        return "ok", Seat(instance, next, seat.lease)
    return ("stale" if next == seat.previous else "notyou"), seat


def knock(seat: Seat | None, instance: str, theirs: str, ours: str) -> str:
    """The answer to a child that only asks whether there is anything new, by the digest of what it holds:
    ``same``, ``differs`` (then it says hello), ``superseded`` or ``stranger``. Nothing is written for it: where
    nothing is new no copy can do harm.
    """
    if seat is None:
        return "stranger"
    if instance != seat.instance:
        return "superseded"
    return "same" if theirs == ours else "differs"


def prepare(me: Identity, fresh: Callable[[], str]) -> Identity:
    """The identity to be stored before a call."""
    return me if me.next else me._replace(next=fresh())


def answer(
    me: Identity,
    tree: Tree,
    shelf: Shelf,
    seat: Seat | None,
    hello: Hello,
    safe: Tips,
    clock: float,
    fresh: Callable[[], str],
    ask: tuple[Log, ...] = (),
    outlines: Mapping[Log, tuple[Mark, ...]] | None = None,
) -> tuple[Answer, Turn]:
    """The parent's side of a call. When the child shows batches of the parent's that it lacks, the parent was
    restored, and goes on in a new epoch."""
    empty = Answer("", 0, clock, {}, {}, {})
    proto = meet(hello.proto)
    if seat is None or tree.parents.get(hello.node) != me.code:
        return empty._replace(verdict="stranger"), Turn(me, seat, (Alarm("stranger", hello.node),))
    if proto is None:
        return empty._replace(verdict="versions"), Turn(me, seat, (Alarm("versions", hello.node, str(hello.proto)),))
    verdict, seat = lease(seat, hello.instance, hello.lease, hello.next)
    alarms = [] if verdict == "ok" else [Alarm(verdict, hello.node)]
    if forgotten(shelf, me.code, me.epoch, hello.tips):
        alarms.append(Alarm("amnesia", me.code))
        me = me._replace(epoch=fresh())
    if verdict != "ok":
        return empty._replace(verdict=verdict, proto=proto), Turn(me, seat, tuple(alarms))
    tips = tips_of(shelf, lambda origin, lane: tree.shared(hello.node, origin, lane))
    kept = {log: marks for log, marks in safe.items() if log in tips}
    return Answer("ok", proto, clock, tips, kept, outlines or {}, ask), Turn(me, seat, tuple(alarms))


def heard(me: Identity, shelf: Shelf, said: Answer, fresh: Callable[[], str]) -> Turn:
    """The child's side of an answer.

    ``superseded``, ``stale``, ``notyou``: there may be two of this node. Until an operator has said which goes on
    (:func:`goes_on`) or that this one does not (``stopped``) nothing is exchanged.
    """
    if said.verdict in ("versions", "stranger"):
        return Turn(me, None, (Alarm(said.verdict, me.code),))
    if said.verdict != "ok":
        return Turn(me._replace(next=""), None, (Alarm("two-copies", me.code, said.verdict),))
    me = me._replace(lease=me.next, next="")
    if forgotten(shelf, me.code, me.epoch, said.tips):
        return Turn(me._replace(epoch=fresh()), None, (Alarm("amnesia", me.code),))
    return Turn(me)


def goes_on(me: Identity, fresh: Callable[[], str]) -> tuple[Identity, Seat]:
    """This copy goes on, as a new instance in a new epoch: its identity, and its seat at the parent."""
    word = fresh()
    me = me._replace(instance=word, epoch=fresh(), lease=word, next="", stopped=False)
    return me, Seat(word, word)


def restored(shelf: Shelf, marker: Tips) -> bool:
    """Whether this store was put back: the marker, a file outside the database and its backups, names a batch that
    is not here."""
    return any(shelf.header(mark.hash) is None for marks in marker.values() for mark in marks)
