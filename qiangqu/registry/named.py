"""What the API says of a record that other nodes may know."""

from typing import Any
from uuid import UUID

from ninja import Schema

from .models import Travelling


class Named(Schema):
    """``uid`` names the record on every node, ``origin`` is the code of the node that made it."""

    uid: UUID
    origin: str


def named(one: Travelling) -> dict[str, Any]:
    """The fields of :class:`Named`; lists read ``origin`` along (``select_related``)."""
    return {"uid": one.uid, "origin": one.origin.code}
