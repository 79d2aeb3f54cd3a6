"""From a condition at many moments to alarms: delay before raising, hysteresis and delay before clearing.

One definition serves the live evaluation and the try-out against history.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .conditions import Condition
from .features import Floats, Times, features


@dataclass(frozen=True, slots=True)
class Logic:
    """When an alarm is raised and cleared. ``clear`` None: as soon as ``fire`` no longer holds. Delays in seconds."""

    fire: Condition
    clear: Condition | None = None
    delay_on: int = 0
    delay_off: int = 0

    @property
    def reach(self) -> int:
        """Seconds of history that a decision can depend on."""
        return max(self.fire.reach, self.clear.reach if self.clear else 0) + self.delay_on


@dataclass(frozen=True, slots=True)
class Levels:
    """The limit and the physical range that apply to a point; None where there is none."""

    limit: float | None = None
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """One alarm: began (condition first held), raised (delay over), cleared (None: still on), in ms; the value when raised and the extremes."""

    began: int
    raised: int
    cleared: int | None
    value: float
    lowest: float
    highest: float


def holds(condition: Condition, columns: dict[str, Floats], levels: Levels) -> NDArray[np.bool_]:
    """Whether the condition holds at each moment. Where data or a limit is missing it does not."""
    size = len(columns["value"])
    # DuckDB orders NaN above every number: missing data must be NULL to make no comparison true
    table = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    for name in ("limit", "lower", "upper"):
        level = getattr(levels, name)
        table[name] = pa.array([level] * size, pa.float64())
    table["moment"] = pa.array(np.arange(size))
    with duckdb.connect() as connection:
        connection.register("moments", pa.table(table))
        rows = connection.execute(f"SELECT coalesce({condition.sql}, false) AS holds FROM moments ORDER BY moment")  # noqa: S608 - allow-listed
        return np.asarray(rows.fetchnumpy()["holds"], dtype=bool)


def states(
    fired: NDArray[np.bool_], cleared: NDArray[np.bool_], grid: Times, logic: Logic
) -> list[tuple[int, int, int | None]]:
    """Alarms as indices (began, raised, cleared) into ``grid``."""
    found: list[tuple[int, int, int | None]] = []
    began: int | None = None
    raised: int | None = None
    quiet: int | None = None
    for at, moment in enumerate(grid.tolist()):
        if raised is None:
            if not fired[at]:
                began = None
                continue
            began = at if began is None else began
            if moment - grid[began] >= logic.delay_on * 1000:
                raised, quiet = at, None
        else:
            if not cleared[at]:
                quiet = None
                continue
            quiet = at if quiet is None else quiet
            if moment - grid[quiet] >= logic.delay_off * 1000:
                assert began is not None
                found.append((began, raised, at))
                began = raised = quiet = None
    if raised is not None and began is not None:
        found.append((began, raised, None))
    return found


def episodes(times: Times, values: Floats, grid: Times, logic: Logic, levels: Levels) -> list[Episode]:
    """The alarms that ``logic`` gives for one point over ``grid`` (ms, ascending). Rows before the grid are used for windows."""
    if not len(grid):
        return []
    windows = logic.fire.windows | (logic.clear.windows if logic.clear else frozenset())
    columns = features(times, values, grid, windows)
    fired = holds(logic.fire, columns, levels)
    cleared = holds(logic.clear, columns, levels) if logic.clear else ~fired
    result = []
    for began, raised, ended in states(fired, cleared, grid, logic):
        seen = columns["value"][began : ended if ended is not None else len(grid)]
        known = seen[~np.isnan(seen)]
        result.append(
            Episode(
                int(grid[began]),
                int(grid[raised]),
                int(grid[ended]) if ended is not None else None,
                float(columns["value"][raised]),
                float(known.min()) if len(known) else float("nan"),
                float(known.max()) if len(known) else float("nan"),
            )
        )
    return result
