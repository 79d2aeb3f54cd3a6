"""Who may write what at the broker: names that belong to the system, and whose a Sparkplug node is.

A device's MN is also its account, and its topics are made of it; MNs are chosen by users of many zones in one
name space. So a name says what is asked for, and the register says who may have it:

* The system's own account is nobody's MN, in whatever case.
* ``group.node`` is a Sparkplug edge node, ``group.node.device`` a device below it. All names below a node
  belong to the owner of the node: of the record that was registered first with the node's name or below it,
  or of the node's own record where that owner is a part of it (an enterprise's device was registered before
  the node of its zone).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SYSTEM = "qiangqu"  # the gateway's account
_RESERVED = re.compile(r"qiangqu([-_.].*)?\Z", re.IGNORECASE)
_MN = re.compile(r"[0-9A-Za-z_.-]{1,40}\Z")
NODE_KINDS, DEVICE_KINDS = ("NBIRTH", "NDATA", "NDEATH"), ("DBIRTH", "DDATA", "DDEATH")
NAMESPACE = "spBv1.0"


def is_reserved(mn: str) -> bool:
    """Whether a new device may not have this MN: it is the system's, or begins like it.

    >>> [is_reserved(mn) for mn in ("qiangqu", "QiangQu", "qiangqu-gateway", "qiangqu7")]
    [True, True, True, False]
    """
    return _RESERVED.match(mn) is not None


def fault_of(mn: str) -> str:
    """Why a registered MN can have no account, "" when it can. Databases of earlier releases may hold such
    ones.
    """
    if mn.casefold() == SYSTEM:
        return f"与系统账号 {SYSTEM} 同名，请改 MN"
    if _MN.match(mn) is None:
        return "MN 含有不允许的字符，请改 MN"
    return ""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a record is: the path of its area, and its organisation if it has one."""

    path: str
    organisation: int | None

    def is_part_of(self, other: "Owner") -> bool:
        """Whether it lies in the other's area and is not another organisation's."""
        return self.path.startswith(other.path) and other.organisation in (None, self.organisation)


@dataclass(frozen=True, slots=True)
class Name:
    """A record that has a say in who owns a node: ``order`` is its place in time."""

    mn: str
    order: int
    owner: Owner


def node_of(mn: str) -> str:
    """``group.node`` of a Sparkplug MN, "" when it names none.

    >>> [node_of(mn) for mn in ("PLANT.EDGE1", "PLANT.EDGE1.x.y", "PLANT", "PLANT..x")]
    ['PLANT.EDGE1', 'PLANT.EDGE1', '', '']
    """
    parts = mn.split(".")
    return ".".join(parts[:2]) if len(parts) > 1 and all(parts) else ""


def owners(names: Iterable[Name]) -> dict[str, Owner]:
    """The owner of each node that these names are of."""
    first: dict[str, Name] = {}
    nodes: dict[str, Name] = {}
    for name in names:
        node = node_of(name.mn)
        if not node:
            continue
        if node not in first or name.order < first[node].order:
            first[node] = name
        if name.mn == node:
            nodes[node] = name
    found = {node: name.owner for node, name in first.items()}
    return found | {n: name.owner for n, name in nodes.items() if found[n].is_part_of(name.owner)}


def lines_of(mn: str, owner: Owner, of_nodes: Mapping[str, Owner], registered: bool) -> list[str]:
    """The lines of mosquitto's access list for a Sparkplug account, none when its node is somebody else's.

    ``registered``: its node has a record of its own. Then an account below it may speak for its own device
    only, else for the node.
    """
    node = node_of(mn)
    holder = of_nodes.get(node)
    if holder is None or not owner.is_part_of(holder):
        return []
    group, name = node.split(".")
    if mn == node or (not registered and owner == holder):
        return [
            *(f"topic write {NAMESPACE}/{group}/{kind}/{name}" for kind in NODE_KINDS),
            *(f"topic write {NAMESPACE}/{group}/{kind}/{name}/+" for kind in DEVICE_KINDS),
            f"topic read {NAMESPACE}/{group}/NCMD/{name}",
            f"topic read {NAMESPACE}/{group}/DCMD/{name}/+",
        ]
    device = mn.removeprefix(f"{node}.")
    return [
        *(f"topic write {NAMESPACE}/{group}/{kind}/{name}/{device}" for kind in DEVICE_KINDS),
        f"topic read {NAMESPACE}/{group}/DCMD/{name}/{device}",
    ]
