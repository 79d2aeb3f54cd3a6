"""From an act to the outbox: the entry is written in the act's own transaction, so that the two stand or fall
together. One place for all models: the signal of saving, of those that :mod:`.kinds` names."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from qiangqu.base.identity import uid7
from qiangqu.registry.nodes import this_node

from . import kinds
from .core import wire
from .core.shapes import TO, Entry
from .models import STANDING, Known, Outgoing, Standing


def on_save(sender: type[Any], instance: Any, raw: bool = False, **_kwargs: Any) -> None:
    """Somebody here has made or changed a row that travels."""
    if not raw and Standing.objects.filter(pk=STANDING).exists():
        say(instance)


def say(row: Any) -> None:
    """Put what a row is now into the outbox. A row whose home is another node goes as a proposal: it loses there,
    and lies in the conflict box for people."""
    name, travels = kinds.kind_of(type(row))
    body, refs = kinds.body_of(row, travels)
    tell(kinds.record_of(row), name, body, refs, act=True)


def tell(
    record: str,
    name: str,
    body: Mapping[str, Any],
    refs: tuple[str, ...] = (),
    settles: tuple[str, ...] = (),
    *,
    act: bool = False,
) -> None:
    """Put what a record is from now on into the outbox, and take it up here; ``settles`` are the entries that this
    takes out of its conflict box. ``act``: its row says so already."""
    from .storage import take, tree

    here, travels = this_node().code, kinds.travels(name)
    with transaction.atomic():
        known = Known.objects.select_for_update().filter(record=record).first()
        term, revision, head = (known.term, known.revision + 1, known.head) if known is not None else (1, 1, "")
        at = int(timezone.now().timestamp())
        entry = Entry(here, str(uid7()), name, travels.version, record, term, revision, head, refs, settles, at, body)
        lanes: tuple[str, ...] = (travels.lane,)
        if known is not None and known.home != here and tree().covers(here, known.home):
            lanes = (travels.lane, TO + known.home)  # a proposal to a node below: it would not see what goes up
        put([(entry, lanes)])
        take(entry, lanes, here=True, act=act)


def put(drafts: list[tuple[Entry, tuple[str, ...]]]) -> None:
    Outgoing.objects.bulk_create(
        [Outgoing(lane=lane, line=wire.write_entry(entry)) for entry, lanes in drafts for lane in lanes]
    )


def fill() -> int:
    """Put all rows of this node that travel and were never said into the outbox: what was there before it met
    others. Returns how many."""
    count = 0
    for model in kinds.all_models():
        for row in model._default_manager.filter(origin=1).select_related("origin").order_by("pk").iterator():
            if not Known.objects.filter(record=kinds.record_of(row)).exists():
                say(row)
                count += 1
    return count
