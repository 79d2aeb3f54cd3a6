"""Supervised tasks 转督办 out of records of other parts: a document, what a meeting decided. The part that owns
such records says what the task would say.
"""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from qiangqu.base.errors import NotFoundError

from .supervision import Proposal

Proposer = Callable[[Any, str], Proposal]
_proposers: dict[str, Proposer] = {}


def register(prefix: str, proposer: Proposer) -> None:
    """``proposer(user, rest)`` gives what a task about the subject ``prefix:rest`` would say, with the area to
    which it belongs, and raises NotFoundError for a record that the user does not see (parts join
    ``plan.proposals``).
    """
    _proposers[prefix] = proposer


def proposal_about(user: Any, subject: str) -> Proposal:
    """What a task about the subject would say. Raises NotFoundError where there is nothing to be supervised."""
    prefix, _colon, rest = subject.partition(":")
    if prefix not in _proposers:
        raise NotFoundError(_("没有可以督办的这项内容"), where=subject[:60])
    return _proposers[prefix](user, rest)
