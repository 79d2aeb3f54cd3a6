"""Array types and the few numeric tools that all of the twin shares."""

import zlib
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


def stream(seed: int, name: str) -> np.random.Generator:
    """A random stream of its own for each purpose, so that a change in one part leaves the others as they
    were.
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())])))


def fit_margins(start: Floats, rows: Floats, columns: Floats, rounds: int = 500) -> Floats:
    """RAS (iterative proportional fitting): scale the rows and columns of ``start`` (r, c) until they sum to
    ``rows`` and ``columns``.

    Zeros stay zero. The margins must have equal sums; where the zeros make both impossible, the column sums
    are kept.

    >>> fit_margins(np.ones((2, 2)), np.array([1.0, 3.0]), np.array([2.0, 2.0])).tolist()
    [[0.5, 0.5], [1.5, 1.5]]
    """
    table = start.astype(float).copy()
    for _ in range(rounds):
        table *= np.divide(rows, table.sum(1), out=np.zeros_like(rows), where=table.sum(1) > 0)[:, None]
        factor = np.divide(columns, table.sum(0), out=np.zeros_like(columns), where=table.sum(0) > 0)
        table *= factor[None, :]
        if np.abs(table.sum(1) - rows).max() < 1e-9 * max(rows.max(), 1e-300):
            break
    return table


def apportion(total: int, weights: Floats) -> Ints:
    """``total`` things divided by ``weights`` (any shape) with the largest-remainder method; the result sums
    to ``total``.

    >>> apportion(7, np.array([1.0, 1.0, 2.0])).tolist()
    [2, 2, 3]
    """
    flat = weights.ravel() / weights.sum() * total
    counts = np.floor(flat).astype(np.int64)
    order = np.argsort(-(flat - counts), kind="stable")
    counts[order[: total - counts.sum()]] += 1
    return counts.reshape(weights.shape)


def pick(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """``count`` different indices drawn with chances in proportion to ``weights`` (Gumbel keys); zero weights
    are never drawn.
    """
    keys = np.full(len(weights), -np.inf)
    possible = weights > 0
    keys[possible] = np.log(weights[possible]) + rng.gumbel(size=int(possible.sum()))
    return np.argsort(-keys, kind="stable")[: min(count, int(possible.sum()))]
