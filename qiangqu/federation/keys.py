"""This node's signing key: a file beside the database, not in it and in no backup, so that whoever steals a backup
cannot speak as the node."""

import hashlib
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from qiangqu.base.homes import home_folder, made_once


def folder() -> Path:
    """Where the node's keys, certificates and instance lie (mode 700)."""
    path = Path(getattr(settings, "QIANGQU_NODE_FOLDER", "") or home_folder() / "node")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@lru_cache(maxsize=4)
def _private(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))


def _key() -> Ed25519PrivateKey:
    path = folder() / "sign.key"
    return _private(path.read_text().strip() if path.exists() else made_once(path, secrets.token_hex(32) + "\n"))


def instance() -> str:
    """The word of this copy of the node; a copied disk has the same, a restored backup has none of its own."""
    path = folder() / "instance"
    return path.read_text().strip() if path.exists() else made_once(path, secrets.token_hex(16) + "\n")


def become(word: str) -> None:
    """This copy is another instance from now on."""
    path = folder() / "instance"
    fresh = path.with_suffix(".new")
    fresh.write_text(word + "\n")
    fresh.chmod(0o600)
    fresh.replace(path)


def public() -> bytes:
    return _key().public_key().public_bytes_raw()


def id_of(key: bytes) -> str:
    """How a batch names the key that signed it."""
    return hashlib.sha256(key).hexdigest()[:32]


def key_id() -> str:
    return id_of(public())


def sign(data: bytes) -> bytes:
    return _key().sign(data)


def verify(key: bytes, data: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
