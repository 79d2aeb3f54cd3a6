"""The conflict box: records of which two nodes have said different things. People see both and choose; the choice is
an entry of the record's home, goes to all, and takes the others out of the box."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import models, transaction
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.visibility import covers, visible
from qiangqu.registry import audit
from qiangqu.registry.models import Area
from qiangqu.registry.nodes import node_code
from qiangqu.registry.roles import Action

from . import kinds, outbox, storage
from .core import wire
from .core.shapes import Entry
from .models import Known, Said


class Version(NamedTuple):
    """What one node said of the record; ``counts``: it is what the record is now."""

    origin: str
    uid: str
    at: int
    body: dict[str, Any]
    counts: bool


class Line(NamedTuple):
    """A field, and what each version says of it."""

    label: str
    values: list[str]
    differs: bool


def of_user(user: Any) -> list[Known]:
    """The records with rival versions whose rows the user may see, the latest first (500 at most)."""
    found = list(Known.objects.filter(boxed__gt=0).order_by("-pk")[:500])
    seen: set[str] = set()
    for name in {one.kind for one in found}:
        if name not in kinds.row_kinds():
            continue
        uids = [one.record.partition("/")[2] for one in found if one.kind == name]
        rows = visible(kinds.model_of(name)._default_manager.filter(uid__in=uids), user)
        seen |= {f"{name} {uid}" for uid in rows.values_list("uid", flat=True)}
    return [one for one in found if f"{one.kind} {one.record.partition('/')[2]}" in seen]


def row_of(known: Known) -> Any:
    return kinds.model_of(known.kind)._default_manager.get(uid=known.record.partition("/")[2])


def one_of(user: Any, pk: int) -> Known:
    """Raises NotFoundError for a record that has none, or that the user does not see."""
    known = next((one for one in of_user(user) if one.pk == pk), None)
    if known is None:
        raise NotFoundError(_("没有这处冲突，或已经处理"))
    return known


def versions(known: Known) -> list[Version]:
    """What counts, then the rivals."""
    entries: dict[tuple[str, str], Entry] = {}
    for one in Said.objects.filter(record=known.record):
        entry = wire.read_entry(one.origin, bytes(one.line))
        entries[entry.key] = entry
    state = storage.state_of(known.record)
    assert state is not None
    head = next(one for one in entries.values() if one.uid == state.head)
    found = [Version(head.origin, head.uid, head.at, dict(state.body), True)]
    for key in state.box:
        rival = entries[key]
        found.append(Version(rival.origin, rival.uid, rival.at, dict(rival.body or {}), False))
    return found


def _shown(field: Any, value: Any) -> str:
    if value in (None, "", []):
        return "—"
    if field.related_model is not None:
        try:
            return str(kinds.row_named(field.related_model, value))
        except kinds.Missing:
            return str(value)
    words = dict(field.flatchoices) if field.flatchoices else {}
    return str(words.get(value, value))


def compared(known: Known, found: Iterable[Version]) -> list[Line]:
    """Field by field."""
    model, some = kinds.model_of(known.kind), list(found)
    lines = []
    for name in kinds.fields_of(known.kind):
        field = model._meta.get_field(name)
        assert isinstance(field, models.Field)
        values = [_shown(field, one.body.get(name)) for one in some]
        lines.append(Line(str(field.verbose_name), values, len(set(values)) > 1))
    return lines


def marks(found: Iterable[Version]) -> str:
    """What a form says it has shown."""
    return " ".join(one.uid for one in found)


def may_settle(user: Any, known: Known) -> bool:
    """Whether the record's home is this node and a post of the user's gives him the act where the record lies."""
    return known.home == node_code() and covers(user, _path(known), Action.SETTLE_CONFLICTS)


def _path(known: Known) -> str:
    top = Area.objects.filter(parent=None).order_by("path").first()
    row = row_of(known)
    area = getattr(row, "area", None) or getattr(getattr(row, "unit", None), "area", None)
    return area.path if area is not None else (top.path if top is not None else "")


def settle(user: Any, pk: int, uid: str, why: str, seen: str) -> None:
    """The version of that entry is what the record is from now on; the others leave the box. ``seen`` are the entries
    that the user was shown (:func:`marks`). Raises NotFoundError, InputError, ConflictError when the record's home is
    another node or the versions have changed meanwhile."""
    why = why.strip()
    if not why:
        raise InputError(_("请写明为什么采用这一版"), where="why")
    with transaction.atomic():
        known = one_of(user, pk)
        known = Known.objects.select_for_update().get(pk=known.pk)
        if not may_settle(user, known):
            raise ConflictError(_("这条记录归节点 %(node)s 管，请在那里处理") % {"node": known.home})
        found = versions(known)
        chosen = next((one for one in found if one.uid == uid), None)
        if chosen is None or seen != marks(found):
            raise ConflictError(_("这处冲突刚有变化，请重新查看"))
        rivals = tuple(one.uid for one in found if not one.counts)
        outbox.tell(known.record, known.kind, chosen.body, (), rivals)
        row = row_of(known)
        audit.record(
            user, "conflict_settled", object_type=str(type(row)._meta.model_name), object_id=row.pk,
            area_path=_path(known),
            detail={"record": known.record, "chosen": [chosen.origin, chosen.uid], "over": rivals, "why": why[:300]},
        )  # fmt: skip
