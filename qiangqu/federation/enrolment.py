"""How a node comes below another: an invitation (once, a day), keys made on the child, the same words on both
screens, and an operator of the parent who has compared them."""

import datetime as dt
import hashlib
import hmac
import secrets
from typing import Any

from django.db import transaction
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.registry import audit
from qiangqu.registry.models import Area
from qiangqu.registry.nodes import node_code

from . import certificates, keys, outbox, standing
from .core import wire
from .models import STANDING, Invitation, Peer, Standing

VALID = dt.timedelta(hours=24)


def invite(code: str, area: str = "", user: Any = None) -> str:
    """A token for the node of that code to join below this one; ``area`` is the code of the area that it serves, where
    the node is not called after it. Raises InputError, ConflictError."""
    if not wire.NODE.match(code):
        raise InputError("节点代码只能由 1—8 个大写字母和数字组成", where=code)
    here = node_code()
    standing.begin()
    if area and not Area.objects.filter(code=area).exists():
        raise InputError("没有这个区域", where=area)
    if code == here or Peer.objects.filter(code=code).exclude(parent=here).exists():
        raise ConflictError("这个节点代码已经在用", where=code)
    secret = secrets.token_urlsafe(24)
    print_of = certificates.fingerprint(certificates.authority(here).read_bytes())
    with transaction.atomic():
        Invitation.objects.filter(code=code).delete()
        digest = hashlib.sha256(secret.encode()).hexdigest()
        Invitation.objects.create(code=code, area=area, token_hash=digest, expires_at=timezone.now() + VALID)
        audit.record(user, "node_invited", object_type="node", object_id=code)
    return f"{here}.{code}.{secret}.{print_of}"


def read_token(token: str) -> tuple[str, str, str, str]:
    """Parent, own code, secret and the authority's fingerprint. Raises InputError."""
    parts = token.strip().split(".")
    if len(parts) != 4 or not all(wire.NODE.match(one) for one in parts[:2]) or not wire.HASH.match(parts[3]):
        raise InputError("邀请码不完整：请整段复制")
    return parts[0], parts[1], parts[2], parts[3]


def _invitation(code: str, secret: str) -> Invitation:
    found = Invitation.objects.filter(code=code, expires_at__gt=timezone.now()).first()
    digest = hashlib.sha256(secret.encode()).hexdigest()
    if found is None or not hmac.compare_digest(found.token_hash, digest):
        raise InputError("邀请不存在、已用过或已过期", where=code)
    return found


def asked(said: dict[str, Any]) -> dict[str, Any]:
    """The parent's side of a child that asks to join, until it is confirmed. Asked again it is the same request; a
    different one with the same token is refused, for then somebody else has it. Raises InputError."""
    code, secret, request, key = (str(said.get(name, "")) for name in ("code", "secret", "request", "key"))
    instance = str(said.get("instance", ""))
    found = _invitation(code, secret)
    if not wire.HASH.match(key) or not wire.WORD.match(instance) or len(request) > 4000:
        raise InputError("加入请求不对", where=code)
    if found.request and (found.request, found.key) != (request, key):
        raise InputError("这份邀请已经有人用过：请作废并另发一份", where=code)
    found.request, found.key, found.instance = request, key, instance
    found.save(update_fields=["request", "key", "instance"])
    if not found.certificate:
        return {"waiting": True}
    return {"certificate": found.certificate, "cards": standing.cards()}


def words_of(code: str) -> str:
    """The words that the parent's operator compares. Raises ConflictError while nobody has asked."""
    found = Invitation.objects.filter(code=code).exclude(request="").first()
    if found is None:
        raise ConflictError("这个节点还没有来申请加入", where=code)
    authority = certificates.authority(node_code()).read_bytes()
    return certificates.words(found.request.encode(), found.key.encode(), authority)


def confirm(code: str, user: Any = None) -> None:
    """The words are the same on both screens: the child belongs to this node from now on. Raises ConflictError."""
    here = node_code()
    with transaction.atomic():
        found = Invitation.objects.select_for_update().filter(code=code).exclude(request="").first()
        if found is None:
            raise ConflictError("这个节点还没有来申请加入", where=code)
        found.certificate = certificates.issue(here, code, found.request.encode()).decode()
        found.save(update_fields=["certificate"])
        card, signature = standing.make_card(code, here, bytes.fromhex(found.key))
        Peer.objects.update_or_create(
            code=code,
            defaults={
                "parent": here, "key": found.key, "card": card, "card_signature": signature, "instance": found.instance,
                "area": found.area, "lease": "0", "previous": "", "revoked_at": None,
            },
        )  # fmt: skip
        audit.record(user, "node_confirmed", object_type="node", object_id=code)


def joined(parent: str, url: str, certificate: str, cards: Any) -> None:
    """The child's side of the parent's word: from now on this node calls it. Raises InputError."""
    code = node_code()
    found = {standing.read_card(str(one[0]))[0]: one for one in cards}
    if code not in found or parent not in found:
        raise InputError("上级没有给出本节点的名片", where=parent)
    above, key = standing.read_card(found[code][0])[1:]
    if above != parent or key != keys.public():
        raise InputError("上级给出的名片不是本节点的", where=parent)
    top = next((read[2] for read in map(standing.read_card, (one[0] for one in cards)) if not read[1]), None)
    (keys.folder() / "client.crt").write_text(certificate)
    with transaction.atomic():
        Peer.objects.filter(code=code).delete()
        standing.believe(cards, pinned=top)
        Standing.objects.get_or_create(pk=STANDING, defaults={"epoch": standing.fresh()})
        Standing.objects.filter(pk=STANDING).update(parent=parent, url=url, lease="0", next="")
        outbox.fill()
        audit.record(None, "node_joined", object_type="node", object_id=parent)
