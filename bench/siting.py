"""Siting: p-median at the proven optimum on the OR-Library files, beside spopt; and the other models on them.

    python bench/siting.py --orlib FOLDER [--files 1-40] [--peer-files 1-15] [--models]

FOLDER holds pmed1.txt … pmed40.txt and pmedopt.txt (J. E. Beasley's OR-Library). Without it graphs of the same
sizes are made up and there is no published optimum to compare with. The peer, spopt's PMedian with CBC through
PuLP, runs where it is installed (`pip install spopt`), on the files of --peer-files; what it does not prove in
60 s is printed as such. With --models p-centre, MCLP and LSCP are compared with pcenter_mclp_lscp_opt.csv in
FOLDER. A move of one site on a map is timed too, aim 0.3 s: among candidates (900 places), and to any place of a road
network of 100,000 nodes (4,000 places, 8 sites: shortest paths from the new place, figures, the answer as JSON).
"""

import argparse
import csv
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import shortest_path

from qiangqu.decisions.siting import cover_all, cover_most, describe, p_centre, p_median
from qiangqu.domains.emergency.roads.graph import Approach, Line, built

SIZES = {100: (5, 10, 10, 20, 33), 200: (5, 10, 20, 40, 67), 300: (5, 10, 30, 60, 100), 400: (5, 10, 40, 80, 133)} | {
    500: (5, 10, 50, 100, 167),
    600: (5, 10, 60, 120, 200),
    700: (5, 10, 70, 140),
    800: (5, 10, 80),
    900: (5, 10, 90),
}


def read(file: Path) -> tuple[np.ndarray, int]:
    """Distances between all nodes, and p. When an edge is repeated the last one counts."""
    numbers = [int(word) for word in file.read_text().split()]
    nodes, edges, p = numbers[:3]
    table = np.zeros((nodes, nodes))
    for i, j, length in np.array(numbers[3 : 3 + 3 * edges]).reshape(-1, 3):
        table[i - 1, j - 1] = table[j - 1, i - 1] = length
    return np.asarray(shortest_path(csr_matrix(table), directed=False)), p


def made_up(number: int) -> tuple[np.ndarray, int]:
    sizes = [(nodes, p) for nodes, ps in SIZES.items() for p in ps]
    nodes, p = sizes[number - 1]
    random = np.random.default_rng(number)
    table = np.zeros((nodes, nodes))
    ring = random.permutation(nodes)
    ends = np.concatenate([np.stack([ring, np.roll(ring, 1)], 1), random.integers(0, nodes, (nodes * nodes // 50, 2))])
    for i, j in ends[ends[:, 0] != ends[:, 1]]:
        table[i, j] = table[j, i] = random.integers(1, 101)
    return np.asarray(shortest_path(csr_matrix(table), directed=False)), p


def timed(act: Callable[[], Any]) -> tuple[Any, float, float]:
    wall, used = time.perf_counter(), time.process_time()
    answer = act()
    return answer, time.perf_counter() - wall, time.process_time() - used


def peer(table: np.ndarray, p: int) -> tuple[float | None, float]:
    """spopt's answer (None: not proven in 60 s) and its seconds."""
    import pulp
    from spopt.locate import PMedian

    wall = time.perf_counter()
    model = PMedian.from_cost_matrix(table, np.ones(len(table)), p_facilities=p)
    try:
        model = model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=60))
    except RuntimeError:  # spopt's way to say that the time was up
        return None, time.perf_counter() - wall
    proven = model.problem.status == pulp.LpStatusOptimal and time.perf_counter() - wall < 60
    return (float(model.problem.objective.value()) if proven else None), time.perf_counter() - wall


def span(text: str) -> list[int]:
    first, _dash, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1)) if text else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orlib", type=Path, default=None)
    parser.add_argument("--files", type=span, default=span("1-40"))
    parser.add_argument("--peer-files", type=span, default=span("1-10"))
    parser.add_argument("--models", action="store_true")
    arguments = parser.parse_args()
    published: dict[str, float] = {}
    if arguments.orlib:
        lines = (arguments.orlib / "pmedopt.txt").read_text().splitlines()[1:]
        published = {line.split()[0]: float(line.split()[1]) for line in lines if line.strip()}
    try:
        import spopt

        print(f"peer: spopt {spopt.__version__}")
    except ImportError:
        arguments.peer_files = []
        print("peer: spopt is not installed (pip install spopt)")
    print(
        f"{'file':8}{'n':>5}{'p':>5}{'optimum':>10}{'published':>11}{'proven':>8}{'s':>8}{'cpu s':>8}{'peer s':>9}{'ratio':>8}"
    )
    slowest, right = 0.0, 0
    for number in arguments.files:
        table, p = read(arguments.orlib / f"pmed{number}.txt") if arguments.orlib else made_up(number)
        answer, wall, used = timed(lambda table=table, p=p: p_median(table, p))  # type: ignore[misc]
        known = published.get(f"pmed{number}")
        slowest, right = max(slowest, wall), right + (answer.proven and known in (None, answer.value))
        beside = ""
        if number in arguments.peer_files:
            value, seconds = peer(table, p)
            beside = f"{seconds:9.2f}{wall / seconds:8.3f}" if value is not None else "   not in 60 s"
            if value is not None and abs(value - answer.value) > 1e-6:
                raise SystemExit(f"pmed{number}: the peer finds {value}, we {answer.value}")
        shown = f"{known:11.0f}" if known is not None else " " * 11
        print(
            f"pmed{number:<4}{len(table):5}{p:5}{answer.value:10.0f}{shown}{answer.proven!s:>8}{wall:8.2f}{used:8.2f}{beside}",
            flush=True,
        )
        if arguments.models and arguments.orlib:
            others(arguments.orlib, number, table, p)
    print(
        f"{right} of {len(arguments.files)} proven{' and equal to what is published' if published else ''}; slowest {slowest:.2f} s (aim 10 s)"
    )
    table, p = made_up(40)
    sites = list(p_median(table, p).sites)
    _seen, wall, _used = timed(lambda: describe(table, [*sites[1:], 0], standard=20))
    print(f"a site moved, coverage of {len(table)} places told anew: {wall:.4f} s (aim 0.3 s)")
    moved()


def moved(side: int = 316, places: int = 4000, sites: int = 8) -> None:
    """A site moved to a place that is no candidate, on streets in a square of ``side`` × ``side`` nodes."""
    step = 0.002  # degrees: about 200 m
    at, up = 106.0 + step * np.arange(side), 38.0 + step * np.arange(side)
    random = np.random.default_rng(7)
    speeds = random.choice([20.0, 35.0, 55.0], 2 * side)
    lines = [Line(np.stack([at, np.full(side, y)], 1), float(speeds[n])) for n, y in enumerate(up)]
    lines += [Line(np.stack([np.full(side, x), up], 1), float(speeds[side + n])) for n, x in enumerate(at)]
    graph = built(lines)
    approach = Approach(1.4, 20.0, 5000.0)
    demand = random.uniform((at[0], up[0]), (at[-1], up[-1]), (places, 2))
    where = random.uniform((at[0], up[0]), (at[-1], up[-1]), (sites + 10, 2))
    table, wall, _used = timed(lambda: graph.times(where[:sites], demand, approach).T)
    print(
        f"{len(graph.points):,} nodes, {len(graph.start):,} edges; table of {places} places × {sites} sites: {wall:.2f} s"
    )
    weights = random.uniform(1, 100, places)
    worst = worst_used = 0.0
    for new in where[sites:]:

        def tell(new: np.ndarray = new) -> str:
            part = np.column_stack([table[:, 1:], graph.times(new[None, :], demand, approach)[0]])
            seen = describe(part, range(sites), standard=8.0, weights=weights)
            return json.dumps([np.round(part.min(1), 1).tolist(), seen.mean, seen.within])

        _seen, wall, used = timed(tell)
        worst, worst_used = max(worst, wall), max(worst_used, used)
    print(f"a site moved to a place of its own, slowest of 10: {worst:.4f} s, {worst_used:.4f} s of CPU (aim 0.3 s)")


def others(folder: Path, number: int, table: np.ndarray, p: int) -> None:
    """The other models on one file, against the table of proven optima."""
    with (folder / "pcenter_mclp_lscp_opt.csv").open() as file:
        row = next(row for row in csv.DictReader(file) if row["file"] == f"pmed{number}")
    radius = float(row["cover_radius"])
    for name, act, column in (
        ("p-centre", lambda: p_centre(table, p), "pcenter_radius"),
        ("MCLP", lambda: cover_most(table, p, radius), "mclp_covered_with_p"),
        ("LSCP", lambda: cover_all(table, radius), "lscp_sites_at_cover_radius"),
    ):
        answer, wall, _used = timed(act)
        state = "equal" if answer.value == float(row[column]) else f"DIFFERS from {row[column]}"
        print(f"    {name:9}{answer.value:8.0f} {state}, proven {answer.proven}, {wall:.2f} s", flush=True)


if __name__ == "__main__":
    main()
