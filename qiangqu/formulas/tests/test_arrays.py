"""Nodes of the graph as arrays: what a cell is where its own figure, or another cell's, is not plain."""

import numpy as np
import pytest

from qiangqu.base.periods import parse_period
from qiangqu.formulas.arrays import Grid, Values, by_atom, table
from qiangqu.formulas.graph import Graph, Node
from qiangqu.formulas.layers import Why, decode_reason
from qiangqu.formulas.tree import Tree

REGION, CITY, ZONE = 1, 2, 3
TREE = Tree(0, 99_999, {REGION: None, CITY: REGION, ZONE: CITY}, {REGION: "region", CITY: "city", ZONE: "zone"})
YEARS = ("2022", "2023", "2024")


def key(period):
    return parse_period(period).key


def value(op, *args, params=(), area=CITY, period="2024", figures=()):
    """A node over two atoms and the constant 5; ``figures``: (atom, area, period, value, simulated). Returns the value,
    or why there is none."""
    graph = Graph()
    atoms = [graph.add(Node("total", (), (n, ""))) for n in range(2)]
    nodes = [*atoms, graph.add(Node("const", (), (5.0,)))]
    root = graph.add(Node(op, tuple(nodes[arg] for arg in args), params))
    rows = [(atoms[atom], a, key(p), int(sim), v, 4 + int(sim)) for atom, a, p, v, sim in figures]
    grid = Grid([key(year) for year in YEARS], [REGION, CITY, ZONE], [TREE])
    columns = (np.array(column) for column in zip(*rows, strict=True)) if rows else [np.empty(0)] * 6
    cells = by_atom(*columns, grid)
    found = table(Values(graph, [root], grid, cells), [key(period)], apart=False)
    at = found["area"].to_pylist().index(area)
    flags = found[f"f{root}"][at].as_py()
    if np.isnan(found[f"v{root}"][at].as_py()):
        return Why(decode_reason(flags).detail)
    return found[f"v{root}"][at].as_py(), flags


def city(*values, atom=0, simulated=False):
    """A city's figures of the last years."""
    return [
        (atom, CITY, year, v, simulated) for year, v in zip(YEARS[-len(values) :], values, strict=True) if v is not None
    ]


@pytest.mark.parametrize(
    ("number", "places", "rounded"),
    [(2.5, 0, 3.0), (-2.5, 0, -3.0), (0.125, 2, 0.13), (1250.0, -2, 1300.0), (0.49999999999999994, 0, 0.0)],
)
def test_halves_are_rounded_away_from_zero(number, places, rounded):
    assert value("round", 0, params=(places,), figures=city(number)) == (rounded, 4)


def test_growth_against_a_negative_figure_or_to_one_says_why():
    assert value("cagr", 0, params=(2022,), figures=city(100.0, None, 121.0))[0] == pytest.approx(10.0)
    assert value("cagr", 0, params=(2022,), figures=city(100.0, None, -1.0)) == Why.BASE
    assert value("cagr", 0, params=(2023,), figures=city(100.0, -1.0)) == Why.BASE
    assert value("yoy", 0, figures=city(0.0, 3.0)) == Why.BASE
    assert value("yoy", 0, figures=city(3.0)) == Why.MISSING
    assert value("change", 0, params=(2025,), figures=city(1.0, 1.0)) == Why.BEFORE


def test_a_constant_is_the_same_everywhere_but_above_the_top():
    assert value("lag", 2, params=(1,), period="2022") == (5.0, 0)
    assert value("parent", 2) == (5.0, 0)
    assert value("parent", 2, area=REGION) == Why.TOP


def test_sums_of_years_and_mean_growth_need_every_year():
    assert value("chain", 0, params=(2022,), figures=city(10.0, 21.0))[0] == pytest.approx(
        (1.1 * 1.21) ** 0.5 * 100 - 100
    )
    assert value("chain", 0, params=(2022,), figures=city(21.0)) == Why.MISSING
    assert value("since", 0, params=(2022,), figures=city(1.0, 2.0, 4.0)) == (7.0, 4)
    assert value("since", 0, params=(2022,), figures=city(1.0, None, 4.0)) == Why.MISSING


def test_simulated_figures_are_used_where_real_ones_do_not_suffice_and_are_told():
    both = city(8.0) + city(2.0, atom=1, simulated=True)
    assert value("add", 0, 1, figures=both) == (10.0, 5)
    assert value("add", 0, 1, figures=both + city(3.0, atom=1)) == (11.0, 4)
    # what the real figures themselves say is final
    assert value("div", 0, 1, figures=city(8.0) + city(0.0, atom=1) + city(2.0, atom=1, simulated=True)) == Why.ZERO


def test_cells_outside_the_grid_are_no_concern():
    assert value("neg", 0, figures=[(0, 99, "2024", 1.0, False), (0, CITY, "2001", 1.0, False)]) == Why.MISSING
