"""What of a model goes to other nodes: declared once by its part, as plain data, and joined to federation by the
manifest (``joins={"federation.kinds": {"progress": "travel:PROGRESS"}}``)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Travels:
    """Rows of ``model`` (which travels by uid: ``registry.models.Travelling``) go up in ``lane`` ("acts", "facts",
    "hours") or down in "all", with these ``fields``. A field that leads to a row is sent by what that row travels
    by; fields that are not named (people's accounts, what each node computes) stay. ``version`` rises when a field
    changes its meaning; a field more does not raise it."""

    model: str
    lane: str
    fields: tuple[str, ...]
    version: int = 1


@dataclass(frozen=True, slots=True)
class Told:
    """What goes otherwise than row by row, in ``lane``: ``write``, an absolute "module:function", is called with a record's name and body at a node that applies it. Who tells it calls
    ``federation.outbox.tell``."""

    lane: str
    write: str
    version: int = 1
