"""From stored entries to what the node knows: what can be applied is, what cannot is parked with its reason and
taken up when what it waits for is there. The rest goes on meanwhile; nothing is dropped, and nothing is applied
"anyway" after some days."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .records import SYSTEM
from .shapes import Entry, Parked

#: makes a body of one version a body of the next
Upcast = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Kind(NamedTuple):
    """A kind of entry that this software knows, up to ``version``; older ones are raised step by step by
    ``upcasts`` (from version → function). Within a version fields are only added: unknown ones are kept."""

    version: int
    upcasts: Mapping[int, Upcast] = {}


def hindrance(entry: Entry, kinds: Mapping[str, Kind], known: Callable[[str], bool]) -> Parked | None:
    """Why an entry cannot be applied yet; None when it can. ``known``: whether there is a record (or one that
    stands for it) of that name."""
    if entry.kind not in SYSTEM:
        kind = kinds.get(entry.kind)
        if kind is None:
            return Parked("kind", f"kind:{entry.kind}")
        if entry.version > kind.version:
            return Parked("version", f"kind:{entry.kind}")
        if any(step not in kind.upcasts for step in range(entry.version, kind.version)):
            return Parked("old", f"kind:{entry.kind}")
    for ref in entry.refs:
        if ref != entry.record and not known(ref):
            return Parked("ref", f"record:{ref}")
    return None


def raised(kind: Kind, version: int, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A body of an older version as the present one."""
    for step in range(version, kind.version):
        body = kind.upcasts[step](body)
    return body
