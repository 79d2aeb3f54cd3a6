"""Which batches were committed already: 16 bytes for each, kept in the rows of the commits and, sorted, in
memory.

A table of ids would be written at random places: at 15,000 frames a second every commit would rewrite most of
its pages. Here a commit adds one row with its ids end to end; a process reads what others added since it
looked last.
"""

import datetime as dt
import threading
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from .models import TelemetryCommit

# 128 bits: with 10 million ids in memory the chance that a new batch is taken for a repeat is below 1e-31
BYTES = 16
KEEP_DAYS = 7  # a sender's retries end long before; memory is 16 bytes for each batch of these days
_LOOSE = 50_000


def digest(batch_id: str | bytes) -> bytes:
    """The 16 bytes that stand for a batch id, given as text or as its UTF-8 bytes.

    >>> len(digest("32010201|20261123120000123"))
    16
    """
    return blake2b(batch_id if isinstance(batch_id, bytes) else batch_id.encode(), digest_size=BYTES).digest()


class Seen:
    """Ids of the last :data:`KEEP_DAYS` days in one database, as far as this process has read them (up to
    commit ``seq``).
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.epoch, self.seq = "", 0
        self._loose: set[bytes] = set()
        self._days: dict[dt.date, list[NDArray[np.bytes_]]] = {}

    def sync(self, epoch: str, seq: int, now: dt.datetime) -> None:
        """Read what was committed up to ``seq``. Call it inside the transaction that holds the clock, or with
        committed numbers.
        """
        with self.lock:
            if epoch != self.epoch or seq < self.seq:
                self.epoch, self.seq, self._loose, self._days = epoch, 0, set(), {}
            if seq > self.seq:
                since = now - dt.timedelta(days=KEEP_DAYS)
                new = TelemetryCommit.objects.filter(seq__gt=self.seq, seq__lte=seq, at__gte=since).order_by("seq")
                pending: dict[dt.date, list[bytes]] = {}
                for at, ids in new.values_list("at", "ids").iterator(chunk_size=10_000):
                    pending.setdefault(at.date(), []).append(bytes(ids))
                for day, blobs in pending.items():
                    self._add(day, b"".join(blobs))
                self.seq = seq
            self._forget(now)

    def add(self, seq: int, ids: Sequence[bytes], now: dt.datetime) -> None:
        """Note the ids of one's own commit, after it; skipped when others committed in between (:meth:`sync`
        reads it then).
        """
        with self.lock:
            if seq == self.seq + 1:
                self._add(now.date(), b"".join(ids))
                self.seq = seq

    def known(self, ids: Iterable[bytes]) -> list[bool]:
        """For each id whether it was committed."""
        with self.lock:
            wanted = list(ids)
            found = np.array([each in self._loose for each in wanted], bool)
            array = np.array(wanted, f"S{BYTES}")
            for parts in self._days.values():
                for part in parts:
                    at = np.minimum(np.searchsorted(part, array), part.size - 1)
                    found |= part[at] == array
            return found.tolist()

    def __len__(self) -> int:
        with self.lock:
            return len(self._loose) + sum(part.size for parts in self._days.values() for part in parts)

    def _add(self, day: dt.date, blob: bytes) -> None:
        self._loose.update(blob[at : at + BYTES] for at in range(0, len(blob), BYTES))
        if len(self._loose) < _LOOSE:
            return
        # sorted runs of a day are put together like the segments: never a small one into a much larger one
        run = np.sort(np.array(list(self._loose), f"S{BYTES}"))
        self._loose = set()
        runs = self._days.setdefault(day, [])
        while runs and runs[-1].size < 4 * run.size:
            run = np.sort(np.concatenate([runs.pop(), run]))
        runs.append(run)

    def _forget(self, now: dt.datetime) -> None:
        oldest = now.date() - dt.timedelta(days=KEEP_DAYS + 1)
        for day in [day for day in self._days if day < oldest]:
            del self._days[day]


_seen: dict[str, Seen] = {}


def seen(alias: str) -> Seen:
    """The memory of this process for one database."""
    return _seen.setdefault(alias, Seen())
