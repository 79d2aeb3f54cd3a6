"""Withdrawing 撤回: a batch that was imported by mistake is taken back whole.

Facts are only added: a withdrawal is a batch without facts that names the one it takes back, who did it, when and
why. The facts move from the segments that count into a dataset of their own, so that no question about all facts
meets them; who asks how things were on a day before still finds them there (:mod:`qiangqu.facts.reading`). What
they had corrected counts again, unless something else has corrected it since; what contradicted them is ranked
anew.
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces and numbers

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.visibility import covers
from qiangqu.lake.engine import connect, scan
from qiangqu.lake.models import FACTS, FACTS_OUT, FACTS_PAST, FACTS_WITHDRAWN, Segment
from qiangqu.lake.segments import live, publish, sorted_by, write_file
from qiangqu.registry import audit
from qiangqu.registry.roles import Action

from . import reading
from .columns import FOR_GOOD, HELD, OUT_SCHEMA, SCHEMA, holding, not_counting, segments_now
from .ids import SHIFT, place
from .models import BatchKind, Element, FactBatch
from .sealing import SORT, as_segment, lock, seal, write_out
from .signals import facts_added
from .uses import Use, uses_of

#: what somebody sent in as a whole; forms are returned, packs and simulations loaded anew
KINDS = (BatchKind.IMPORT, BatchKind.API)
LEAST_REASON = 4
#: names of indicators on the page
LISTED = 30


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a withdrawal would change: how many ``facts`` go, how many corrected ones come back (``restored``), of
    how many ``corrected_since`` a later fact counts already; elements, periods, and what uses them.
    """

    facts: int
    restored: int
    corrected_since: int
    elements: tuple[Element, ...]
    periods: int
    uses: tuple[Use, ...]


def may_withdraw(user: Any, batch: FactBatch) -> bool:
    """Whether the user may take the batch back: he has the permission where it was entered. None is who keeps the
    node, at its shell: he takes back what was imported there, too.
    """
    if batch.kind not in KINDS or not batch.rows or batch.withdrawn_by(None):
        return False
    if user is None:
        return True
    if batch.user_id is None or batch.area is None:
        return False
    return covers(user, batch.area.path, Action.WITHDRAW_FACTS)


def consequences(batch: FactBatch, user: Any) -> Consequences:
    """What would change, for who is asked once more; what uses it as far as ``user`` sees it (None: not told)."""
    facts = reading.table(reading.of_batch(batch))
    cells = reading.table(
        reading.Where(
            elements=_distinct(facts["element"]),
            periods=_distinct(facts["period"]),
            subjects=_distinct(facts["subject"]),
        )
    )
    mine = pc.equal(pc.shift_right(cells["id"], pa.scalar(SHIFT, pa.int64())), batch.pk)
    later = set(_distinct(cells.filter(pc.invert(mine))["supersedes"]))
    since = [corrected for fact, corrected in _pairs(facts) if fact in later]
    corrections = sum(1 for _fact, corrected in _pairs(facts) if corrected)
    elements = Element.objects.in_bulk(_distinct(facts["element"]))
    named: dict[str, Use] = {}
    for element in elements.values() if user is not None else ():
        named |= {use.url: use for use in uses_of(element, user)}
    return Consequences(
        facts=facts.num_rows,
        restored=corrections - sum(1 for corrected in since if corrected),
        corrected_since=len(since),
        elements=tuple(elements.values()),
        periods=len(_distinct(facts["period"])),
        uses=tuple(named.values()),
    )


def withdraw(batch: FactBatch, user: Any, reason: str) -> FactBatch:
    """Take ``batch`` back; returns the withdrawal. After the commit the signal ``facts_added`` is sent.

    Raises InputError without a reason, ConflictError for a batch that cannot be taken back (any more).
    """
    reason = reason.strip()
    if len(reason) < LEAST_REASON:
        raise InputError(_("请写明撤回的原因（至少 %(n)s 个字）") % {"n": LEAST_REASON}, where="reason")
    if len(reason) > 300:
        raise InputError(_("原因请写在 300 个字以内"), where="reason")
    return _take_back(batch, user, reason, lambda one: may_withdraw(user, one))


def take_back(batch: FactBatch, reason: str, **name: Any) -> FactBatch:
    """Take back a batch of another node, as that node has done; ``name`` are uid and origin of the withdrawal. Raises
    ConflictError for a batch that was taken back already."""
    return _take_back(batch, None, reason, lambda one: getattr(one, "withdrawal", None) is None, **name)


def _take_back(batch: FactBatch, user: Any, reason: str, may: Callable[[FactBatch], bool], **name: Any) -> FactBatch:
    seal()  # rows that wait are moved first: everything then lies in segments
    with transaction.atomic():
        lock()
        batch = FactBatch.objects.select_for_update().get(pk=batch.pk)
        if not may(batch):
            raise ConflictError(_("这个批次不能撤回，或已经撤回"))
        withdrawal = FactBatch.objects.create(
            key=f"withdraw:{batch.pk}", kind=BatchKind.WITHDRAWAL, user=user, simulated=batch.simulated, note=reason,
            sealed=True, area=batch.area, withdraws=batch, **name,
        )  # fmt: skip
        taken = _move(batch)
        _judge_anew(taken, withdrawal.pk)
        audit.record(
            user,
            "facts_withdrawn",
            object_type="factbatch",
            object_id=batch.pk,
            area_path=batch.area.path if batch.area else "",
            detail={"key": batch.key, "rows": batch.rows, "reason": reason, "withdrawal": withdrawal.pk},
        )
        transaction.on_commit(lambda: facts_added.send(sender=FactBatch, batch=withdrawal), robust=True)
    return withdrawal


def _distinct(column: pa.ChunkedArray) -> list[int]:
    return [int(value) for value in pc.unique(column).to_pylist()]


def _pairs(facts: pa.Table) -> list[tuple[int, int]]:
    return list(zip(facts["id"].to_pylist(), facts["supersedes"].to_pylist(), strict=True))


def _move(batch: FactBatch) -> pa.Table:
    """Take the batch's facts out of the segments that count; returns them."""
    first, last = place(batch.pk, 0), place(batch.pk + 1, 0) - 1
    written: list[Segment] = []
    retired: list[Segment] = []
    taken = [SCHEMA.empty_table()]
    for dataset in HELD:
        for segment in holding(live(dataset), batches=[batch.pk]):
            rows = _rows(segment)
            mine = pc.and_(pc.greater_equal(rows["id"], first), pc.less_equal(rows["id"], last))
            taken.append(rows.filter(mine))
            rest = rows.filter(pc.invert(mine))
            if rest.num_rows:
                written.append(write_file(dataset, as_segment(sorted_by(rest, *SORT))))
            retired.append(segment)
    facts = pa.concat_tables(taken)
    if facts.num_rows != batch.rows:
        raise ConflictError(
            _("批次应有 %(n)s 条事实，只读到 %(found)s 条，未撤回；请执行 qiangqu lake check")
            % {"n": batch.rows, "found": facts.num_rows}
        )
    written.append(write_file(FACTS_WITHDRAWN, as_segment(sorted_by(facts, *SORT))))
    publish(written, retire=retired)
    return facts


def _judge_anew(taken: pa.Table, newest: int) -> None:
    """Which facts count in the cells of the facts ``taken``, found again and written beside them."""
    old = live(FACTS_OUT)
    withdrawn = _of_cells(taken, live(FACTS_WITHDRAWN))
    left = _of_cells(taken, segments_now(*HELD))
    fresh = not_counting(_later_word(left, withdrawn), [], newest)
    superseded = fresh["id"].filter(pc.equal(fresh["since"], FOR_GOOD)).combine_chunks()
    apart = _of_cells(taken, live(FACTS_PAST))
    _bring_back(apart.filter(pc.invert(pc.is_in(apart["id"], superseded))))
    # what stays apart is told by where it lies
    stays = apart["id"].combine_chunks().filter(pc.is_in(apart["id"].combine_chunks(), superseded))
    fresh = fresh.filter(pc.invert(pc.is_in(fresh["id"], stays)))
    known = sorted({*left["id"].to_pylist(), *withdrawn["id"].to_pylist()})
    kept = OUT_SCHEMA.empty_table()
    if old:
        with connect({"known": pa.table({"id": pa.array(known, pa.int64())})}) as duck:
            kept = (
                duck.sql(
                    f"SELECT id, MAX(since) AS since, arg_max(gone, since) AS gone FROM {scan(old, OUT_SCHEMA)} "
                    "WHERE id NOT IN (SELECT id FROM known) GROUP BY id"
                )
                .to_arrow_table()
                .cast(OUT_SCHEMA)
            )
    publish(write_out(pa.concat_tables([kept, fresh])), retire=old)


def _bring_back(facts: pa.Table) -> None:
    """Facts that were superseded and put apart count again: back to those that do."""
    if not facts.num_rows:
        return
    wanted = facts["id"].combine_chunks()
    written, retired = [write_file(FACTS, as_segment(sorted_by(facts, *SORT)))], []
    for segment in holding(live(FACTS_PAST), _distinct(facts["element"]), _distinct(facts["period"])):
        rows = _rows(segment)
        rest = rows.filter(pc.invert(pc.is_in(rows["id"], wanted)))
        if rest.num_rows == rows.num_rows:
            continue
        if rest.num_rows:
            written.append(write_file(FACTS_PAST, as_segment(sorted_by(rest, *SORT))))
        retired.append(segment)
    publish(written, retire=retired)


def _rows(segment: Segment) -> pa.Table:
    with connect() as duck:
        found: pa.Table = duck.sql(f"SELECT {', '.join(SCHEMA.names)} FROM {scan([segment], SCHEMA)}").to_arrow_table()
    return found.cast(SCHEMA)


def _of_cells(taken: pa.Table, segments: list[Segment]) -> pa.Table:
    """The facts of ``segments`` in the cells of ``taken``."""
    used = holding(segments, _distinct(taken["element"]), _distinct(taken["period"]))
    if not used:
        return SCHEMA.empty_table()
    with connect({"taken": taken.select(["element", "sk", "subject", "period"])}) as duck:
        found: pa.Table = duck.sql(
            f"SELECT {', '.join('f.' + name for name in SCHEMA.names)} FROM {scan(used, SCHEMA)} f "
            "SEMI JOIN taken USING (element, sk, subject, period)"
        ).to_arrow_table()
    return found.cast(SCHEMA)


def _later_word(left: pa.Table, past: pa.Table) -> pa.Table:
    """``left``, whose corrections of withdrawn facts are corrections of what those had corrected (as in
    :func:`.current.superseded`).
    """
    gone = dict(_pairs(past))
    supersedes = []
    for corrected in left["supersedes"].to_pylist():
        while corrected in gone:
            corrected = gone[corrected]
        supersedes.append(corrected)
    return left.set_column(SCHEMA.get_field_index("supersedes"), "supersedes", pa.array(supersedes, pa.int64()))
