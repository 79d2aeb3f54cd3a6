"""Emissions: concentration × flow, at the units in which outlets report; and the conversion to reference
oxygen.

Stack gas: mg/m³ dry at 273.15 K × m³/h dry → kg/h ÷ 10⁶, with the *measured* concentration, not the one
converted to reference oxygen (HJ 75-2017 annex C; not looked up). Waste water: mg/L × m³/h → kg/h ÷ 10³.
Totals are tonnes.
"""

import numpy as np
from numpy.typing import NDArray

from qiangqu.base.errors import InputError

Array = NDArray[np.float64]
AIR_OXYGEN = 21.0  # % by volume, as the formula of the emission standards has it
MAX_OXYGEN = 19.0  # above it the formula blows up: the plant is starting, stopping, or the probe leaks
FLOW_PER_HOUR = {"m³/s": 3600.0, "L/s": 3.6, "m³/h": 1.0, "L/min": 0.06}
MASS_PER_UNIT = {"mg/m³": 1e-6, "μg/m³": 1e-9, "ng/m³": 1e-12, "mg/L": 1e-3, "μg/L": 1e-6, "ng/L": 1e-9}


def at_reference_oxygen(concentration: Array, oxygen: Array, reference: float) -> Array:
    """c · (21 − O₂ref) / (21 − O₂), both oxygen contents in % of dry gas; NaN where oxygen is unknown,
    negative or above 19 %.

    >>> at_reference_oxygen(np.array([50.0]), np.array([9.0]), 6.0).tolist()
    [62.5]
    """
    if not 0 <= reference < AIR_OXYGEN:
        raise InputError("基准氧含量应在 0 与 21% 之间", where="reference")
    usable = (oxygen >= 0) & (oxygen <= MAX_OXYGEN)
    return np.where(
        usable, concentration * (AIR_OXYGEN - reference) / (AIR_OXYGEN - np.where(usable, oxygen, 0.0)), np.nan
    )


def flow_per_hour(flow: Array, unit: str) -> Array:
    """Flow in m³/h. Raises InputError for a unit that is no flow."""
    if unit not in FLOW_PER_HOUR:
        raise InputError(f"“{unit}”不是流量单位；可用 {'、'.join(FLOW_PER_HOUR)}", where="unit")
    return flow * FLOW_PER_HOUR[unit]


def emission(concentration: Array, flow_m3_per_hour: Array, unit: str) -> Array:
    """kg emitted in each hour. ``unit`` is the concentration's. Raises InputError for a unit that is no
    concentration.

    >>> emission(np.array([35.0]), np.array([1_000_000.0]), "mg/m³").tolist(), emission(np.array([50.0]), np.array([200.0]), "mg/L").tolist()
    ([35.0], [10.0])
    """
    if unit not in MASS_PER_UNIT:
        raise InputError(f"“{unit}”不是质量浓度单位；可用 {'、'.join(MASS_PER_UNIT)}", where="unit")
    return concentration * flow_m3_per_hour * MASS_PER_UNIT[unit]
