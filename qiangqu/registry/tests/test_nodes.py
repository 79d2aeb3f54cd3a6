"""The node's code: chosen once, in what two nodes could both give out, and in the audit chain that is its
own.
"""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.registry import audit, nodes
from qiangqu.registry.models import HERE, Area, AuditEntry, Node

pytestmark = pytest.mark.django_db


@pytest.fixture
def top() -> Area:
    return Area.objects.create(
        code="640000", name="宁夏", short_name="宁夏", level="region", valid_from=dt.date(1958, 10, 25)
    )


def test_it_is_named_after_the_top_of_the_tree_when_first_needed(top: Area) -> None:
    assert Node.objects.get().code == ""
    assert nodes.node_code() == "64" and str(Node.objects.get(pk=HERE)) == "宁夏"


def test_a_code_that_is_given_comes_before(top: Area, settings: Any) -> None:
    settings.QIANGQU_NODE = "Z17"
    assert nodes.node_code() == "Z17"


def test_without_an_area_there_is_no_code_and_no_number() -> None:
    assert audit.record(None, "update").names_node is False
    with pytest.raises(ConflictError, match="qiangqu node name"):
        nodes.node_code()


def test_it_may_be_renamed_until_it_has_been_used(top: Area) -> None:
    nodes.name_node("A1", "甲")
    nodes.name_node("A2")
    assert (nodes.this_node().code, nodes.this_node().name) == ("A2", "甲")
    audit.record(None, "update")
    with pytest.raises(ConflictError, match="A2"):
        nodes.name_node("A3")
    nodes.name_node("A2", "乙")
    assert nodes.this_node().name == "乙"


@pytest.mark.parametrize("code", ["", "a1", "A-1", "ABCDEFGHI", "节点"])
def test_what_is_no_code_is_refused(code: str) -> None:
    if not code:
        assert nodes.code_for("节点") == ""
        return
    with pytest.raises(InputError):
        nodes.name_node(code)
    assert Node.objects.get().code == ""


def test_entries_from_before_the_code_verify_beside_later_ones() -> None:
    audit.record(None, "update", object_id="old")
    nodes.name_node("Z1")
    audit.record(None, "update", object_id="new")
    assert [one.names_node for one in AuditEntry.objects.order_by("id")] == [False, True]
    assert audit.verify() == (2, None)
    AuditEntry.objects.filter(object_id="new").update(names_node=False)
    assert "校验值不符" in str(audit.verify()[1]), "the code cannot be taken out of an entry"


def test_each_node_has_a_chain_of_its_own(top: Area) -> None:
    nodes.name_node("Z1")
    audit.record(None, "update", object_id="mine")
    other = Node.objects.create(id=2, code="Z2")
    theirs = AuditEntry(
        origin=other, names_node=True, at=timezone.now(), action="update", object_id="theirs", area_path=top.path, area=top,
        position=1, previous_hash=audit.GENESIS,
    )  # fmt: skip
    theirs.hash = audit._digest(theirs, audit.GENESIS)
    theirs.save()
    audit.record(None, "update", object_id="mine too")
    assert audit.verify() == (2, None) and audit.verify(2) == (1, None)
    assert list(AuditEntry.objects.filter(origin=HERE).order_by("id").values_list("position", flat=True)) == [1, 2]
    AuditEntry.objects.filter(pk=theirs.pk).update(origin=HERE, position=3, previous_hash="x")
    assert audit.verify()[1] is not None, "an entry of one node does not pass in the chain of another"
