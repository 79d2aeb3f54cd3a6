"""Every act on documents, and which of them are open to a user as a document stands."""

from typing import Any

from qiangqu.registry.roles import Action, may

from .access import bodies_of
from .archive import file
from .circulation import circulate, confirm_read, deliver, remind
from .drafting import DOCUMENTS, Document, remove_file, save_draft, submit
from .incoming import put_on_file, start_handling
from .terms import DocumentState

__all__ = [
    "DOCUMENTS", "circulate", "confirm_read", "deliver", "file", "put_on_file", "remind", "remove_file", "rights", "save_draft",
    "start_handling", "submit",
]  # fmt: skip


def rights(one: Document, user: Any) -> dict[str, bool]:
    """The declared acts, and what leads to other records: whoever keeps a register may answer what came in;
    what is no draft any more may be supervised.
    """
    reply = not one.is_out and one.state != DocumentState.SENT_BACK and bodies_of(user).exists()
    supervise = may(user, Action.SUPERVISE_CASES) and not one.editable
    return DOCUMENTS.open_to(user, one) | {"reply": reply, "supervise": supervise}
