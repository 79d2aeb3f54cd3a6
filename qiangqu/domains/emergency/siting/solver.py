"""Solves one scenario, as a program of its own: it may take minutes, and is stopped by ending it.

python -m qiangqu.domains.emergency.siting.solver FILE      # .npz with what is to be solved; answers in JSON
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from qiangqu.base.errors import QiangquError
from qiangqu.decisions.siting import capacitated, cover_all, cover_most, cover_twice, describe, p_centre, p_median

BESIDE = 0.25  # share of the time that each of p-1 and p+1 gets


def solve(
    model: str, table: Any, weights: Any, p: int, standard: float, keep: Any, rooms: Any, seconds: float
) -> dict[str, Any]:
    """Which candidates (columns of ``table``, minutes) to open: ``sites``, ``value``, ``bound``, ``proven``. Raises
    InputError when nothing fits."""
    more = {"keep": keep, "seconds": seconds}
    if model == "capacitated":
        room = np.where(np.isfinite(rooms), rooms, weights.sum())
        cost = np.where(np.isfinite(table), weights[:, None] * table, np.inf)
        split = capacitated(cost, weights, room, np.zeros(len(room)), p=p, **more)
        # the cost of a choice is known whole; which part of a place goes where is of no further use here
        return {"sites": split.sites, "value": split.value, "bound": split.bound, "proven": split.proven}
    found = {
        "p_median": lambda: p_median(table, p, weights=weights, **more),
        "p_centre": lambda: p_centre(table, p, **more),
        "cover_most": lambda: cover_most(table, p, standard, weights=weights, **more),
        "cover_all": lambda: cover_all(table, standard, **more),
        "cover_twice": lambda: cover_twice(table, p, standard, weights=weights, **more),
    }[model]()
    return {"sites": found.sites, "value": found.value, "bound": found.bound, "proven": found.proven}


def whole(model: str, held: Any, p: int, standard: float, seconds: float) -> dict[str, Any]:
    """The scenario solved for ``p``, and how it would be with one site less and one more."""
    table, weights = held["table"].astype(np.float64), held["weights"]
    keep, rooms = [int(one) for one in held["keep"]], held["rooms"]
    began = time.monotonic()
    answer = solve(model, table, weights, p, standard, keep, rooms, seconds)
    answer["seconds"] = round(time.monotonic() - began, 2)
    beside = []
    for other in (p - 1, p + 1) if model != "cover_all" else ():
        if not max(1, len(keep)) <= other <= table.shape[1]:
            continue
        try:
            near = solve(model, table, weights, other, standard, keep, rooms, max(1.0, seconds * BESIDE))
        except QiangquError:
            continue
        seen = describe(table, near["sites"], standard=standard, weights=weights)
        beside.append(
            {"p": other, "proven": near["proven"], "within": seen.within, "mean": seen.mean, "worst": seen.worst}
        )
    return answer | {"beside": beside}


def main(path: str, answer_to: str) -> int:
    with np.load(path, allow_pickle=False) as held:
        said = json.loads(held["said"].tobytes().decode())
        try:
            answer = whole(said["model"], held, said["p"], said["standard"], said["seconds"])
        except QiangquError as fault:
            answer = {"fault": str(fault)}
    # not to stdout: the solver library greets there
    Path(answer_to).write_text(json.dumps(answer), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
