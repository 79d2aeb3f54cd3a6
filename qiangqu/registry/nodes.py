"""This node's code and name: chosen once, before anything bears them.

The code is a part of the numbers that two nodes could otherwise give twice and of the hash of each entry of
the audit trail. It is chosen by ``qiangqu node name``, by ``QIANGQU_NODE``, or else made of the code of the
area at the top of the tree when it is first needed.
"""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.terms import clauses

from .models import Area, AuditEntry, Node
from .models.node import HERE


def code_for(area_code: str) -> str:
    """A node's code made of the code of its area: letters and digits, at most 8; of a code by GB/T 2260 the
    digits that say something.

    >>> code_for("640000"), code_for("640100"), code_for("NX-Z-01")
    ('64', '6401', 'NXZ01')
    """
    code = re.sub("[^A-Z0-9]", "", area_code.upper())
    if re.fullmatch(r"[1-9]\d{5}", code):
        code = re.sub("(?:00)+$", "", code)
    return code[:8]


def this_node() -> Node:
    """The row of this node, with the code that it has by now ("" until there is an area to name it after)."""
    node = Node.objects.get(pk=HERE)
    if not node.code:
        top = Area.objects.filter(parent=None).order_by("path").first()
        code = settings.QIANGQU_NODE or (code_for(top.code) if top is not None else "")
        if code:
            _choose(node, code, node.name or (top.name if top is not None else ""))
    return node


def _choose(node: Node, code: str, name: str) -> None:
    node.code, node.name = code, name
    try:
        node.full_clean(exclude=["id"])
    except ValidationError as error:
        raise InputError(clauses(error.messages), where=code) from None
    node.save()


def name_node(code: str, name: str = "") -> Node:
    """Give this node its code and name ("": as it is); a name may change at any time.

    Raises InputError for a code that is none, ConflictError when another code already stands in entries and
    numbers.
    """
    with transaction.atomic():
        node = Node.objects.select_for_update().get(pk=HERE)
        if node.code not in ("", code) and AuditEntry.objects.filter(origin=HERE, names_node=True).exists():
            raise ConflictError(f"节点代码已是 {node.code}，编号和审计记录里已经用了它，不能再改", where=code)
        _choose(node, code, name or node.name)
    return node


def node_code() -> str:
    """The code for a number that this node gives out. Raises ConflictError as long as there is nothing to
    name the node after.
    """
    code = this_node().code
    if not code:
        raise ConflictError("节点还没有代码：请先载入数据包，或用 qiangqu node name 指定")
    return code
