"""The printed rule once more, by a reader who has only what is shown: numbers, bounds and words. Used for
random targets and for the demonstration's."""

from itertools import pairwise

from qiangqu.decisions.distribution import Forecast
from qiangqu.plan.rule import Rules
from qiangqu.plan.spec import Spec, Verdict

WORSE = {"done": 0, "on_track": 1, "at_risk": 2, "off_track": 3}


def _percent(chance: float) -> int:
    return round(chance * 100)


def check_rule(spec: Spec, v: Verdict, rules: Rules) -> None:
    """The state follows from what the verdict shows."""
    assert v.state in ("done", "on_track", "at_risk", "off_track", "no_data") and len(v.reason) > 5
    good, poor, gap = rules.chance_good * 100, rules.chance_poor * 100, rules.at_risk_gap * 100
    if v.stale:
        assert v.state == "no_data" and v.chance is None and "数据停在" in v.reason
        return
    if v.state == "no_data":
        return
    assert v.by_expected or (v.current is not None and v.current.value is not None)
    chance = None if v.chance is None else _percent(v.chance)
    if chance is not None:
        assert chance / 100 == v.chance, "what is shown is what there is"
    lag = None if v.lag is None else round(v.lag * 100, 1)
    reaches = v.current is not None and spec.reached_by(v.current.value)
    over = not v.by_expected and v.current.time >= spec.year + 1 - 1e-6
    if v.by_expected:
        assert f"{v.expected.period.year}年预计" in v.reason
        reaches = reaches and spec.reached_by(v.expected.value)
    if over and spec.logic == "path":
        assert v.state == ("done" if reaches else "off_track")
        return
    if spec.logic == "path" and reaches and not spec.capped:
        gathered = spec.kind == "cumulative" and spec.comparator in (">=", ">")
        if gathered or chance is None or chance >= 80:
            assert v.state == "done"
        elif chance == 0:
            assert v.state == "off_track"
        else:
            assert v.state == ("on_track" if chance >= good else "at_risk")
        return
    if spec.logic == "path" or spec.logic == "mean_growth":
        if over or (spec.logic == "mean_growth" and v.current.period.year >= spec.year and v.chance is None):
            return
        if chance == 0:
            expected = "off_track"
        elif lag is None:
            expected = "on_track" if chance >= good else "at_risk" if chance >= poor else "off_track"
        elif v.lag <= 1e-9:
            expected = "on_track" if chance is None or chance >= poor else "at_risk"
        elif lag <= gap:
            expected = "on_track" if chance is not None and chance >= good else "at_risk"
        else:
            expected = "at_risk" if chance is not None and chance >= good else "off_track"
        assert v.state == expected, (v, spec)
        return
    failed = [year for year, _value, holds in v.years if holds is False]
    if failed and v.state != "done":
        assert chance is None and v.state in ("at_risk", "off_track")
    if v.state == "on_track" and v.chance is not None:
        assert chance >= good


def check_forecast(spec: Spec, v: Verdict, f: Forecast) -> None:
    """Chance, interval and bounds are of one piece."""
    if v.stale or f.mean is None:
        return
    assert f.low <= f.mean <= f.high
    if spec.kind == "share" and spec.unit == "%":
        assert f.low >= 0 and f.high <= 100
    if spec.kind in ("count", "cumulative", "yearly"):
        assert f.low >= 0
    if spec.whole and f.whole:
        assert all(float(x).is_integer() for x in (f.low, f.mean, f.high))
    if spec.kind == "cumulative" and v.current is not None and v.current.value is not None:
        assert f.low >= v.current.value - 1e-9
    if v.chance is None or spec.value is None or spec.comparator == "=":
        return
    sides = [spec.reached_by(x) for x in (f.low, f.mean, f.high)]
    slack = 0.006  # shown in whole percent
    if all(sides):
        assert v.chance >= 0.9 - slack, (v, f)
    if not any(sides):
        assert v.chance <= 0.1 + slack, (v, f)
    assert (v.chance >= 0.5 - slack) if sides[1] else (v.chance <= 0.5 + slack)


def check_path(spec: Spec, v: Verdict) -> None:
    """What is asked for goes towards the target and not back; what is still needed is not a step back."""
    if v.path is None or v.path.shape == "yearly" or not spec.keep or spec.value is None:
        return
    sign = 1 if spec.keep == "up" else -1
    asked = [v.path.at(spec.year + 1 - years / 4) for years in range(24, -1, -1)]
    known = [value for value in asked if value is not None]
    slack = 1e-6 * max(1.0, *map(abs, known)) if known else 0.0
    assert all((b - a) * sign >= -slack for a, b in pairwise(known))
    assert all((spec.value - value) * sign >= -slack for value in known)
    if v.rate_needed is not None:
        assert v.rate_needed * sign >= -1e-9
