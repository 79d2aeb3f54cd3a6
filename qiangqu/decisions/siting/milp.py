"""Mixed-integer programs in HiGHS, given as sparse rows."""

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from .table import Floats


@dataclass(frozen=True, slots=True)
class Solved:
    """``x``: values of the columns (None: none was found); ``bound``: proven bound of the minimum;
    ``infeasible``: proven that nothing fits the rows."""

    x: Floats | None
    value: float
    bound: float
    optimal: bool
    infeasible: bool = False


def minimise(
    cost: Floats,
    integer: "np.ndarray[Any, Any]",
    rows: Any,
    low: Floats,
    high: Floats,
    *,
    lower: Floats | None = None,
    upper: Floats | None = None,
    start: Floats | None = None,
    gap: float = 1e-6,
    seconds: float = 60.0,
) -> Solved:
    """min cost·x with low ≤ rows·x ≤ high, lower ≤ x ≤ upper (0 to 1 by default).

    ``rows``: scipy CSR matrix (constraints × columns); ``integer``: mask of whole columns; ``start``: a known
    feasible point; ``gap``: absolute gap that counts as proven (below 1 where every value is whole).
    """
    count = len(cost)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = count, rows.shape[0]
    model.col_cost_ = cost
    model.col_lower_ = np.zeros(count) if lower is None else lower
    model.col_upper_ = np.ones(count) if upper is None else upper
    model.row_lower_, model.row_upper_ = low, high
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = rows.indptr.astype(np.int32)
    model.a_matrix_.index_ = rows.indices.astype(np.int32)
    model.a_matrix_.value_ = rows.data.astype(np.float64)
    model.integrality_ = [
        highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous for whole in integer
    ]
    solver = highspy.Highs()
    for name, value in {
        "output_flag": False,
        "time_limit": float(seconds),
        "mip_rel_gap": 0.0,
        "mip_abs_gap": gap,
    }.items():
        solver.setOptionValue(name, value)
    solver.passModel(model)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = start.tolist()
        solver.setSolution(known)
    solver.run()
    status = solver.getModelStatus()
    info = solver.getInfo()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    whole = bool(np.any(integer))
    optimal = status == highspy.HighsModelStatus.kOptimal
    return Solved(
        np.asarray(solver.getSolution().col_value) if feasible else None,
        info.objective_function_value if feasible else float("inf"),
        info.mip_dual_bound if whole else (info.objective_function_value if optimal else float("-inf")),
        optimal,
        status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible),
    )
