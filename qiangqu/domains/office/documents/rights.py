"""What a user may do with a document as it stands. Each act holds the same rule again when it is done."""

from dataclasses import dataclass
from typing import Any

from qiangqu.registry.roles import Action, may

from ..models import Direction, Document, DocumentState
from . import archive
from .access import bodies_of, keeps
from .circulation import may_circulate

NOT_READ = frozenset(
    {
        DocumentState.DRAFT,
        DocumentState.IN_REVIEW,
        DocumentState.TO_REVISE,
        DocumentState.REFUSED,
        DocumentState.SENT_BACK,
    }
)


@dataclass(frozen=True, slots=True)
class Rights:
    """The acts that are open to somebody."""

    edit: bool
    submit: bool
    deliver: bool
    handle: bool
    circulate: bool
    file: bool
    reply: bool
    supervise: bool


def rights(one: Document, user: Any) -> Rights:
    """The office of its body writes, sends, handles and files it; who took part may give it on to be read;
    whoever keeps a register may answer it.
    """
    mine = keeps(user, one.body)
    came = one.direction == Direction.IN
    return Rights(
        edit=mine and one.editable,
        submit=mine and one.state in (DocumentState.DRAFT, DocumentState.REFUSED),
        deliver=mine and not came and one.state == DocumentState.ISSUED,
        handle=mine and came and one.state == DocumentState.REGISTERED,
        circulate=may_circulate(user, one) and one.state not in NOT_READ,
        file=mine and archive.may_be_filed(one),
        reply=came and one.state != DocumentState.SENT_BACK and bodies_of(user).exists(),
        supervise=may(user, Action.SUPERVISE_CASES) and not one.editable,
    )
