"""From a condition at many moments to alarms: delay before raising, hysteresis and delay before clearing.

One definition serves the live evaluation and the try-out against history.
"""

import bisect
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qiangqu.lake.engine import connect

from .conditions import Condition
from .features import Floats, Times


@dataclass(frozen=True, slots=True)
class Logic:
    """When an alarm is raised and cleared. ``clear`` None: as soon as ``fire`` no longer holds. Delays in
    seconds.
    """

    fire: Condition
    clear: Condition | None = None
    delay_on: int = 0
    delay_off: int = 0

    @property
    def names(self) -> frozenset[str]:
        """What the conditions name, windows apart."""
        return self.fire.names | (self.clear.names if self.clear else frozenset())

    @property
    def windows(self) -> frozenset[tuple[str, int]]:
        return self.fire.windows | (self.clear.windows if self.clear else frozenset())

    @property
    def reach(self) -> int:
        """Seconds of history that a decision can depend on."""
        return max(self.fire.reach, self.clear.reach if self.clear else 0) + self.delay_on


@dataclass(frozen=True, slots=True)
class Episode:
    """One alarm: began (condition first held), raised (delay over), cleared (None: still on), in ms; the
    value when raised and the extremes from then on.
    """

    began: int
    raised: int
    cleared: int | None
    value: float
    lowest: float
    highest: float


Bools = NDArray[np.bool_]


def holds(fire: Condition, clear: Condition | None, columns: dict[str, Floats]) -> tuple[Bools, Bools]:
    """Whether an alarm is due, and whether it may end, at each moment. Where data or a limit is missing
    neither is so: what is on stays on.

    ``columns`` are those of :func:`features` and the levels (limit, range) that the conditions name, all of one
    length; NaN where there is none.
    """
    # DuckDB orders NaN above every number: missing data must be NULL to make no comparison true
    table = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    over = clear.sql if clear else f"NOT ({fire.sql})"
    with connect({"moments": pa.table(table)}) as connection:
        # DuckDB answers in the order of the rows where none is asked for (preserve_insertion_order)
        rows = connection.execute(
            f"SELECT coalesce({fire.sql}, false) AS fired, coalesce({over}, false) AS cleared FROM moments"  # noqa: S608 - allow-listed
        ).fetchnumpy()
    return np.asarray(rows["fired"], dtype=bool), np.asarray(rows["cleared"], dtype=bool)


def _runs(flags: Bools) -> tuple[list[int], list[int]]:
    """First and one past the last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return edges[::2].tolist(), edges[1::2].tolist()


def _lasting(starts: list[int], ends: list[int], at: int, grid: Times, seconds: int) -> tuple[int, int] | None:
    """From index ``at`` on: where the first run that lasts ``seconds`` begins, and where it has lasted so
    long.
    """
    for number in range(bisect.bisect_right(ends, at), len(starts)):
        first = max(starts[number], at)
        due = int(np.searchsorted(grid, grid[first] + seconds * 1000, side="left"))
        if due < ends[number]:
            return first, due
    return None


def states(fired: Bools, cleared: Bools, grid: Times, logic: Logic) -> list[tuple[int, int, int | None]]:
    """Alarms as indices (began, raised, cleared) into ``grid``."""
    found: list[tuple[int, int, int | None]] = []
    on, off = _runs(fired), _runs(cleared)
    at = 0
    while (due := _lasting(*on, at, grid, logic.delay_on)) is not None:
        began, raised = due
        over = _lasting(*off, raised + 1, grid, logic.delay_off)
        if over is None:
            found.append((began, raised, None))
            break
        found.append((began, raised, over[1]))
        at = over[1] + 1
    return found


def episode_at(indices: tuple[int, int, int | None], grid: Times, values: Floats) -> Episode:
    """The alarm at these indices (see :func:`states`)."""
    began, raised, ended = indices
    seen = values[raised : ended if ended is not None else len(grid)]
    known = seen[~np.isnan(seen)]
    return Episode(
        int(grid[began]),
        int(grid[raised]),
        int(grid[ended]) if ended is not None else None,
        float(values[raised]),
        float(known.min()) if len(known) else float("nan"),
        float(known.max()) if len(known) else float("nan"),
    )
