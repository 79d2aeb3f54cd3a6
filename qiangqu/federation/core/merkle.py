"""Merkle trees over the entries of a batch (the hashes of RFC 6962): one entry can be proved to be in a signed
batch, and the rest need not be shown, or be there at all."""

import hashlib
from collections.abc import Sequence


def _leaf(digest: bytes) -> bytes:
    return hashlib.sha256(b"\0" + digest).digest()


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root(digests: Sequence[bytes]) -> str:
    """The root over the digests of entries, as hex; of none the hash of nothing.

    >>> root([]) == hashlib.sha256(b"").hexdigest(), len(root([b"a", b"b", b"c"]))
    (True, 64)
    """
    level = [_leaf(one) for one in digests]
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        level = [
            _join(level[i], level[i + 1]) if i + 1 < len(level) else level[i]  # an odd one goes up as it is
            for i in range(0, len(level), 2)
        ]
    return level[0].hex()


def proof(digests: Sequence[bytes], index: int) -> list[tuple[str, str]]:
    """The path from an entry to the root: ("left" or "right", the hash on that side), from below."""
    level, path = [_leaf(one) for one in digests], []
    while len(level) > 1:
        other = index ^ 1
        if other < len(level):
            path.append(("left" if other < index else "right", level[other].hex()))
        level = [_join(level[i], level[i + 1]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
        index //= 2
    return path


def proves(digest: bytes, path: Sequence[tuple[str, str]], top: str) -> bool:
    """Whether a path leads from the entry to the root of a signed header.

    >>> some = [bytes([n]) for n in range(7)]
    >>> all(proves(some[n], proof(some, n), root(some)) for n in range(7)), proves(b"x", proof(some, 3), root(some))
    (True, False)
    """
    at = _leaf(digest)
    for side, other in path:
        at = _join(bytes.fromhex(other), at) if side == "left" else _join(at, bytes.fromhex(other))
    return at.hex() == top
