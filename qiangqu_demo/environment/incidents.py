"""What goes wrong in simulated readings, so that alarm rules have something to fire at: hours above the
limit, a silent device, a stuck or drifting meter.

Each incident has its place in a fixed schedule around a moment (the ``anchor``): at the anchor some are on,
one is over. Those with ``every`` come again after it, so that readings stored ahead stay worth watching.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qiangqu.domains.environment.limits import limit
from qiangqu.domains.environment.models import Channel, Outlet
from qiangqu.domains.environment.reading import converted
from qiangqu.domains.environment.rolling import averages_of
from qiangqu.lake.telemetry import HOUR
from qiangqu.telemetry.measured import moment

Shape = Literal["over", "held", "gone"]


@dataclass(frozen=True, slots=True)
class Incident:
    """``begin`` and ``end`` in hours from the anchor; ``outlet`` is the end of its code (``DA001``); without
    ``factor`` the whole outlet.

    ``over``: about ``level`` times the limit of the place; ``held``: the meter shows ``level`` all the time;
    ``gone``: no readings.
    """

    outlet: str
    factor: str
    shape: Shape
    begin: float
    end: float
    level: float = 0.0
    every: float = 0.0

    def on(self, hours: NDArray[np.float64]) -> NDArray[np.bool_]:
        """At which of these hours from the anchor it is on."""
        since = hours - self.begin
        return (since >= 0) & ((since % self.every if self.every else since) < self.end - self.begin)


INCIDENTS = (
    Incident("DA001", "a21026", "over", -3, 2, 1.45, every=11),  # an hour's mean, for hours: escalates
    Incident("DW003", "w01018", "over", -13, 2, 1.6),  # a day's mean
    Incident("DA002", "a21002", "over", -0.6, 0.2, 1.12, every=5),  # readings, not yet an hour
    Incident("DA005", "", "gone", -2.4, 1, every=16),
    Incident("DA004", "a34013", "held", -3, 3, 5.37, every=14),
    Incident("DA007", "a21026", "held", -3.4, -2.4, -1.3),  # over at the anchor
    Incident("DA008", "a21026", "held", -0.6, 0.5, -0.8, every=6),
)


def befall(
    channel: Channel, times: NDArray[np.int64], values: NDArray[np.float64], anchor: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """The readings of a channel (times and ``anchor`` in ms UTC) with what befalls it: values, which of them
    an incident made, which are missing.
    """
    made, gone = np.zeros(times.size, bool), np.zeros(times.size, bool)
    outlet = channel.outlet
    if outlet is None or not times.size:
        return values, made, gone
    hours = (times - anchor) / HOUR
    for one in INCIDENTS:
        if not outlet.code.endswith(one.outlet) or one.factor not in ("", channel.factor):
            continue
        on = one.on(hours)
        if not on.any():
            continue
        if one.shape == "gone":
            gone |= on
            continue
        made |= on
        values = np.where(on, _shaped(one, channel, outlet, values, on, times), values)
    return values, made, gone


def _shaped(
    one: Incident,
    channel: Channel,
    outlet: Outlet,
    values: NDArray[np.float64],
    on: NDArray[np.bool_],
    times: NDArray[np.int64],
) -> NDArray[np.float64]:
    if one.shape == "held":
        return np.full(values.size, one.level)
    bound = limit(outlet.standard, outlet.grade, channel.factor, averages_of(outlet)[0], moment(int(times[0])).date())
    if bound is None:
        return values
    high = float(converted(bound.high, bound.unit, channel.shown_unit))
    # the reading's own noise stays, so that nobody takes the meter for a stuck one
    return np.asarray(high * one.level * (0.97 + 0.06 * (values / values[on].max())))
