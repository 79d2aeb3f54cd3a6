"""Where this node stands in the tree, and whom it believes: cards, each signed by the node above, up to the top,
which is pinned when the node joins."""

import json
import secrets
from typing import Any

from django.db import transaction

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.registry import audit
from qiangqu.registry.nodes import node_code

from . import keys, outbox
from .core import exchange, wire
from .models import STANDING, Peer, Standing


def fresh() -> str:
    return secrets.token_hex(8)


def make_card(code: str, parent: str, key: bytes) -> tuple[str, str]:
    """The card of a node below this one (or of this one, at the top) and this node's signature."""
    card = json.dumps({"code": code, "parent": parent, "key": key.hex()}, separators=(",", ":"))
    return card, keys.sign(card.encode()).hex()


def begin() -> Standing:
    """This node takes its place at the top of a tree, once; joining puts it below another. What it holds that
    travels goes into the outbox. Raises ConflictError as long as the node has no code."""
    code = node_code()
    with transaction.atomic():
        standing, new = Standing.objects.get_or_create(pk=STANDING, defaults={"epoch": fresh()})
        if new:
            card, signature = make_card(code, "", keys.public())
            Peer.objects.create(code=code, key=keys.public().hex(), card=card, card_signature=signature)
            outbox.fill()
    return standing


def read_card(card: str) -> tuple[str, str, bytes]:
    """Code, parent's code and key of a card. Raises InputError."""
    try:
        said = json.loads(card)
        return str(said["code"]), str(said["parent"]), bytes.fromhex(said["key"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("节点名片格式不对") from error


def cards() -> list[list[str]]:
    """The cards that this node knows, those above first."""
    found = {one.code: one for one in Peer.objects.all()}
    depth = {code: _depth(found, code) for code in found}
    return [[one.card, one.card_signature] for one in sorted(found.values(), key=lambda one: depth[one.code])]


def _depth(found: dict[str, Peer], code: str) -> int:
    count = 0
    while code in found and found[code].parent and count < 20:
        code, count = found[code].parent, count + 1
    return count


def believe(said: Any, pinned: bytes | None = None) -> int:
    """Take over cards of others: each signed by the key of the node above it, which is known (or ``pinned``, the top
    of the tree, at joining). What does not prove is left out. Returns how many are new."""
    count = 0
    for one in said[:200] if isinstance(said, list) else ():
        try:
            card, signature = (str(part) for part in one)
            code, parent, key = read_card(card)
            given = bytes.fromhex(signature)
        except (ValueError, TypeError, InputError):
            continue
        above = Peer.objects.filter(code=parent).first() if parent else None
        signer = bytes.fromhex(above.key) if above is not None else (key if not parent and key == pinned else None)
        if signer is None or len(code) > 8 or not keys.verify(signer, card.encode(), given):
            continue
        _peer, new = Peer.objects.get_or_create(
            code=code, defaults={"parent": parent, "key": key.hex(), "card": card, "card_signature": signature}
        )
        count += new
    return count


def me() -> exchange.Identity:
    one = Standing.objects.get(pk=STANDING)
    return exchange.Identity(node_code(), keys.instance(), one.epoch, one.lease, one.next, one.stopped)


def keep(one: exchange.Identity) -> None:
    Standing.objects.filter(pk=STANDING).update(epoch=one.epoch, lease=one.lease, next=one.next, stopped=one.stopped)


def revoke(code: str) -> None:
    """Take a node's word away: no batch of it that is not here yet is stored, no call of it is answered. Its
    history stays valid. Raises ConflictError for a node that is not a child of this one."""
    from django.utils import timezone

    with transaction.atomic():
        found = Peer.objects.filter(code=code, parent=node_code(), revoked_at=None).update(revoked_at=timezone.now())
        if not found:
            raise ConflictError("不是本节点的下级，或已经撤销", where=code)
        audit.record(None, "node_revoked", object_type="node", object_id=code)


def go_on() -> str:
    """Of two copies of this node this one goes on: as a new instance in a new epoch, so that the two never write into
    one chain. Returns its word, which the parent's operator enters (:func:`accept`). Done again it is the same act."""
    with transaction.atomic():
        now, seat = exchange.goes_on(me(), fresh)
        keys.become(now.instance)
        keep(now)
        audit.record(None, "node_went_on", object_type="node", object_id=now.code, detail={"instance": seat.instance})
    return seat.instance


def accept(code: str, word: str) -> None:
    """The copy of a child that bears this word is the one that goes on; others are told that they are superseded.
    Raises InputError, ConflictError for a node that is not a child of this one."""
    if not wire.WORD.match(word):
        raise InputError("标识不对：请整段复制", where=code)
    with transaction.atomic():
        found = Peer.objects.filter(code=code, parent=node_code(), revoked_at=None)
        if not found.update(instance=word, lease=word, previous=""):
            raise ConflictError("不是本节点的下级，或已经撤销", where=code)
        audit.record(None, "node_accepted", object_type="node", object_id=code, detail={"instance": word})


def stop() -> None:
    """This copy does not go on: it exchanges nothing any more, and works on by itself."""
    with transaction.atomic():
        Standing.objects.filter(pk=STANDING).update(stopped=True)
        audit.record(None, "node_stopped", object_type="node", object_id=node_code())
