"""p-median: p sites with the least weighted distance (S. L. Hakimi, Operations Research 12 (1964) 450-459).

Solved as in the literature on large p-medians: a bound by Lagrangian relaxation of "every place is served once"
(J. E. Beasley, European Journal of Operational Research 21 (1985) 270-273), good sites by interchange with the
gains of all swaps computed at once (M. G. C. Resende, R. F. Werneck, Annals of Operations Research 150 (2007)
205-230), and a tree search over single candidates, open or closed, with the same bound at every node and
candidates ruled out by their reduced costs (N. Christofides, J. E. Beasley, European Journal of Operational
Research 10 (1982) 196-208). On the OR-Library files the tree is small where a general solver's is not.
"""

import heapq
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .table import Floats, Ints, Siting, checked, fixed_sites, nearest_of

ROUNDS = 1500  # of the subgradient method, at the root


def p_median(times: Any, p: int, *, weights: Any = None, keep: Iterable[int] = (), seconds: float = 60.0) -> Siting:
    """The ``p`` sites with the least sum of weight × time to the nearest open one.

    ``times``: places × candidates (inf: no way; a place that nobody reaches costs more than any way to
    everybody else). ``keep``: existing sites that stay open. ``value`` is Σ weight × time over reached places.
    After ``seconds`` the best known choice is returned with its bound and ``proven`` False.
    """
    until = time.monotonic() + seconds
    table, load = checked(times, weights)
    kept = fixed_sites(table.shape[1], keep, p)
    blocked = ~np.isfinite(table)
    cost = load[:, None] * np.where(blocked, 0.0, table)
    if blocked.any():
        # more than any choice of ways can cost: fewer places without a way always win
        cost[blocked] = float(cost.max(1).sum()) + 1.0
    step = 1.0 if np.equal(np.mod(cost, 1), 0).all() else 0.0  # whole costs: better means better by 1
    known = _Known(_interchange(cost, _greedy(cost, p, kept), kept), cost, kept, step)
    root = _Node(-np.inf, np.arange(table.shape[1]), kept, _first_prices(cost, known.sites))
    bound = known.best if len(root.columns) == p else _search(root, known, p, until)
    sites = np.sort(known.sites)
    nearest = nearest_of(table, sites)
    reached = nearest >= 0
    value = float(load[reached] @ table[reached, nearest[reached]])
    proven = known.closes(bound)
    left = value if proven else max(0.0, bound - (known.best - value))
    return Siting(tuple(sites.tolist()), tuple(nearest.tolist()), value, left, proven)


class _Known:
    """The best choice so far."""

    def __init__(self, sites: Ints, cost: Floats, kept: Ints, step: float) -> None:
        self.sites, self.cost, self.kept, self.step = sites, cost, kept, step
        self.best = float(cost[:, sites].min(1).sum())

    def offer(self, sites: Ints, *, improved: bool = False) -> float:
        """Take ``sites`` (after swaps, if asked) when they are better; returns their cost before swaps."""
        total = offered = float(self.cost[:, sites].min(1).sum())
        if improved:
            sites = _interchange(self.cost, sites, self.kept)
            total = float(self.cost[:, sites].min(1).sum())
        if total < self.best - 1e-9:
            self.sites, self.best = sites.copy(), total
        return offered

    @property
    def needed(self) -> float:
        """What a bound must exceed to show that nothing better is left."""
        return self.best - self.step + 1e-6 if self.step else self.best - 1e-9 * max(1.0, abs(self.best))

    def closes(self, bound: float) -> bool:
        return bound >= self.needed


@dataclass(frozen=True, slots=True)
class _Node:
    """Part of the search: ``columns`` may be open, ``open`` are; ``prices`` to start its bound from."""

    bound: float
    columns: Ints
    open: Ints
    prices: Floats


def _first_prices(cost: Floats, sites: Ints) -> Floats:
    """Half way between the nearest and the second open site of each place."""
    two = np.partition(cost[:, sites], min(1, len(sites) - 1), axis=1)
    return np.asarray(two[:, :2].mean(1))


def _search(root: _Node, known: _Known, p: int, until: float) -> float:
    """Nodes by their bound, the lowest first. Returns the bound that is proven in the end."""
    waiting: list[tuple[float, int, _Node]] = [(root.bound, 0, root)]
    count = 1
    while waiting:
        bound, _number, node = heapq.heappop(waiting)
        if known.closes(bound):
            break
        if time.monotonic() > until:
            return bound
        for child in _split(node, known, p, until, first=node is root):
            heapq.heappush(waiting, (child.bound, count, child))
            count += 1
    return known.best


def _split(node: _Node, known: _Known, p: int, until: float, *, first: bool) -> list[_Node]:
    """Bound a node, close what its bound rules out, and divide the rest by one candidate, open and closed."""
    if len(node.columns) == p:
        known.offer(node.columns)
        return []
    cost = np.ascontiguousarray(known.cost[:, node.columns]) if len(node.columns) < known.cost.shape[1] else known.cost
    fixed = np.isin(node.columns, node.open)
    seen = _bounded(cost, p, fixed, node, known, ROUNDS if first else 60, until)
    bound = max(node.bound, seen.bound)
    if known.closes(bound):
        return []
    slack = known.needed - bound
    ranked = np.where(fixed, -np.inf, seen.reduced)
    order = np.argsort(ranked, kind="stable")
    inside, outside = order[:p], order[p:]
    stays = np.ones(len(order), bool)
    last = seen.reduced[inside[-1]]
    if not fixed[inside[-1]]:
        stays[outside[seen.reduced[outside] - last > slack]] = False
        # without it the next best would have to do
        forced = inside[seen.reduced[outside[0]] - seen.reduced[inside] > slack]
        fixed = fixed.copy()
        fixed[forced] = True
    columns, opened = node.columns[stays], node.columns[fixed]
    if len(opened) >= p or len(columns) <= p:
        if len(opened) == p or len(columns) == p:
            known.offer(opened if len(opened) == p else columns)
        return []
    doubt = np.where(fixed | ~stays, -1.0, seen.often * (1.0 - seen.often))
    chosen = node.columns[int(doubt.argmax())]
    return [
        _Node(bound, columns, np.union1d(opened, [chosen]), seen.prices),
        _Node(bound, columns[columns != chosen], opened, seen.prices),
    ]


@dataclass(frozen=True, slots=True)
class _Bound:
    """The best bound met, the prices and reduced costs at it, and how ``often`` a candidate was chosen lately."""

    bound: float
    prices: Floats
    reduced: Floats
    often: Floats


def _bounded(
    cost: Floats, p: int, fixed: "np.ndarray[Any, Any]", node: _Node, known: _Known, rounds: int, until: float
) -> _Bound:
    """Subgradient steps on the prices of the places."""
    first = rounds == ROUNDS
    patience, shrink = (25, 1 / 1.6) if first else (4, 0.7)
    prices, scale, idle = node.prices, 1.5 if first else 1.0, 0
    best = _Bound(-np.inf, prices, np.zeros(len(fixed)), np.zeros(len(fixed)))
    often = np.zeros(len(fixed))
    work = np.empty_like(cost)
    tried: set[bytes] = set()
    swaps = 20  # rounds of interchange are dear; the first ones find what there is
    for turn in range(rounds):
        np.subtract(cost, prices[:, None], out=work)
        np.minimum(work, 0.0, out=work)
        reduced = work.sum(0)
        chosen = np.argpartition(np.where(fixed, -np.inf, reduced), p - 1)[:p]
        value = float(prices.sum() + reduced[chosen].sum())
        often *= 0.9
        often[chosen] += 0.1
        if value > best.bound + 1e-9 * max(1.0, abs(value)):
            best, idle = _Bound(value, prices, reduced, often), 0
        else:
            idle += 1
        if known.closes(best.bound) or scale < 1e-4 or (turn % 16 == 15 and time.monotonic() > until):
            break
        sites = node.columns[chosen]
        if turn % 5 == 0 and (key := np.sort(sites).tobytes()) not in tried:
            tried.add(key)
            if known.offer(sites) < 1.01 * known.best and first and swaps:
                swaps -= 1
                known.offer(sites, improved=True)
        if idle >= patience:
            scale, idle = scale * shrink, 0
            if first:
                prices = best.prices
                continue
        slope = 1.0 - (work[:, chosen] < 0).sum(1)
        length = float(slope @ slope)
        if not length:
            break
        prices = prices + scale * (1.01 * known.best - value) / length * slope
    return best


def _greedy(cost: Floats, p: int, kept: Ints) -> Ints:
    """Sites added one by one, each the one that helps most."""
    chosen = list(kept)
    if chosen:
        near = cost[:, chosen].min(1)
    else:
        chosen = [int(cost.sum(0).argmin())]
        near = cost[:, chosen[0]].copy()
    while len(chosen) < p:
        gains = np.maximum(near[:, None] - cost, 0.0).sum(0)
        gains[chosen] = -1.0
        site = int(gains.argmax())
        chosen.append(site)
        np.minimum(near, cost[:, site], out=near)
    return np.asarray(chosen, np.int64)


def _interchange(cost: Floats, sites: Ints, kept: Ints) -> Ints:
    """Swaps of one open site for a closed one, the best first, until none helps."""
    places, candidates = cost.shape
    sites = sites.copy()
    free = ~np.isin(sites, kept)
    if len(sites) == candidates or not free.any():
        return sites
    for _ in range(2000):
        part = cost[:, sites]
        two = np.argpartition(part, min(1, len(sites) - 1), axis=1)[:, :2]
        first = part[np.arange(places), two[:, 0]]
        second = part[np.arange(places), two[:, 1]] if len(sites) > 1 else np.full(places, np.inf)
        owner = two[:, 0].copy()
        if len(sites) > 1:
            swap = second < first
            owner[swap] = two[swap, 1]
            first, second = np.minimum(first, second), np.maximum(first, second)
        if len(sites) == 1:
            totals = cost.sum(0)
            at = int(totals.argmin())
            if totals[at] >= first.sum() - 1e-9:
                return sites
            sites[0] = at
            continue
        order = np.argsort(owner, kind="stable")
        starts = np.searchsorted(owner[order], np.arange(len(sites)))
        owned = np.bincount(owner, minlength=len(sites)) > 0
        gain = np.maximum(first[:, None] - cost, 0.0).sum(0)
        lost = np.bincount(owner, second - first, minlength=len(sites))
        spared = np.maximum(second[:, None] - np.maximum(cost, first[:, None]), 0.0)[order]
        back = np.zeros((len(sites), candidates))
        back[owned] = np.add.reduceat(spared, starts[owned], axis=0)
        profit = gain[None, :] - lost[:, None] + back
        profit[:, sites] = -np.inf
        profit[~free] = -np.inf
        out, into = np.unravel_index(int(profit.argmax()), profit.shape)
        if profit[out, into] <= 1e-9 * max(1.0, first.sum()):
            return sites
        sites[out] = into
    return sites
