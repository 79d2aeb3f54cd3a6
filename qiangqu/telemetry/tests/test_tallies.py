"""What the gateway counts of its devices reaches the database, whatever happens to a flush."""

import asyncio

import pytest
from django.db import OperationalError

from qiangqu.telemetry.gateway import intake
from qiangqu.telemetry.gateway.core import Gateway
from qiangqu.telemetry.gateway.directory import Known, Tally
from qiangqu.telemetry.gateway.intake import Stranger

from .loop import run_apart


def test_what_could_not_be_written_is_counted_on(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flush that fails (a locked database) loses nothing; nor does one during which the gateway is told to
    stop.
    """
    written: list[tuple[int, int, int]] = []
    failing = [True]

    def write(tallies: list[tuple[int, Tally]], strangers: dict[str, Stranger]) -> None:
        if failing[0]:
            raise OperationalError("database is locked")
        written.extend((pk, tally.frames, tally.refused["bad_crc"]) for pk, tally in tallies)
        written.extend((0, one.frames, one.rivals) for one in strangers.values())

    monkeypatch.setattr(intake, "flush_tallies", write)

    async def story() -> None:
        gateway = Gateway()
        known = gateway.directory.devices[b"A"] = Known(1, "A", "x", "", "", True)
        known.tally.frames = 2
        known.tally.refused["bad_crc"] = 1
        gateway.strangers["N"] = Stranger(2, "p:1", "first", "", "")
        with pytest.raises(OperationalError):
            await gateway._flush()
        known.tally.frames += 3
        known.tally.refused["bad_crc"] += 1
        gateway.strangers["N"].frames += 1
        gateway.strangers["N"].say("other", "p:2")
        failing[0] = False
        flushing = asyncio.create_task(gateway._flush())
        await asyncio.sleep(0)
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)
        await gateway._flush()
        assert gateway.strangers == {} and known.take_tally() is None
        gateway._thread.shutdown()

    run_apart(story())
    assert written == [(1, 5, 2), (0, 3, 1)]


def test_tallies_and_strangers_add_up() -> None:
    first, later = Stranger(2, "p:1", "a", "", "", rivals=1, rival="p:9"), Stranger(3, "p:2", "b", "", "")
    first.add(later)
    assert (first.frames, first.password, first.rivals, first.rival) == (5, "a", 4, "p:2")
    tally, more = Tally(), Tally()
    tally.seen, tally.skew, more.seen, more.skew = 5.0, 7, 3.0, None
    more.note("bad_item", "x")
    tally.add(more)
    assert (tally.seen, tally.skew, tally.refused["bad_item"], sum(tally.items.values())) == (5.0, 7, 1, 1)
