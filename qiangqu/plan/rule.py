"""The stated rule: from how far behind its path a target is, and how likely it is reached, to its state; and
the rule in words.

A reader can repeat it with the numbers shown: chances are held against the thresholds in whole percent and
lags in tenths of a percent, as they are printed. Every place that shows a state prints :func:`words` beside
it.
"""

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from qiangqu.decisions.nowcast import LEAST_MONTHS

# the words of the fixed JSON of ``plan status``
State = Literal["done", "on_track", "at_risk", "off_track", "no_data"]
# what pages show: a value that is too old is a state of its own
Shown = Literal["done", "on_track", "at_risk", "off_track", "stale", "no_data"]
STATES: tuple[State, ...] = ("done", "on_track", "at_risk", "off_track", "no_data")
SHOWN: tuple[Shown, ...] = ("done", "on_track", "at_risk", "off_track", "stale", "no_data")
STALE_MONTHS = 18
STALE_YEARS = STALE_MONTHS / 12
SURE = 80  # with this chance (%) what is reached counts as not lost again


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds of the plan's status rules (fields of the Plan)."""

    at_risk_gap: float = 0.1
    chance_good: float = 0.5
    chance_poor: float = 0.3


def percent(chance: float) -> int:
    """A chance in whole percent as it is shown everywhere: 0 and 100 only where the chance is exactly 0 or 1,
    which only bounds make it.

    >>> percent(0.0), percent(0.0004), percent(0.496), percent(0.9999), percent(1.0)
    (0, 1, 50, 99, 100)
    """
    if chance <= 0.0 or chance >= 1.0:
        return 100 if chance >= 1.0 else 0
    return min(max(round(chance * 100), 1), 99)


def tenths(share: float) -> float:
    """A share as the percentage that is shown: one decimal.

    >>> tenths(0.10049), tenths(-0.2)
    (10.0, -20.0)
    """
    return round(share * 100, 1)


def state_of(
    *, lag: float | None, chance: float | None, reached: bool, rules: Rules, kept: bool = False, flat: bool = False
) -> State:
    """The state by the rule of :func:`words`. ``lag``: how far behind the path, as a share of the whole way
    (0 or less: not behind, None: no path). ``kept``: what has been reached cannot be lost again (a sum since
    a year; the target year is over). ``flat``: the same is asked of every year, so that standing on the path
    promises nothing.

    >>> state_of(lag=0.03, chance=0.6, reached=False, rules=Rules()), state_of(lag=0.03, chance=0.4, reached=False, rules=Rules())
    ('on_track', 'at_risk')
    """
    likely = None if chance is None else percent(chance)
    good, poor = tenths(rules.chance_good), tenths(rules.chance_poor)
    if reached and (kept or likely is None or likely >= SURE):
        return "done"
    if likely == 0:
        return "off_track"
    if reached:
        assert likely is not None
        return "on_track" if likely >= good else "at_risk"
    if lag is None:
        if likely is None:
            return "no_data"
        return "on_track" if likely >= good else "at_risk" if likely >= poor else "off_track"
    near = tenths(lag) <= tenths(rules.at_risk_gap)
    if lag <= 1e-9:
        return "on_track" if likely is None or likely >= (good if flat else poor) else "at_risk"
    if near:
        return "on_track" if likely is not None and likely >= good else "at_risk"
    return "at_risk" if likely is not None and likely >= good else "off_track"


def applied(
    *, lag: float | None, chance: float | None, reached: bool, state: State, rules: Rules, year: int | None = None
) -> str:
    """The numbers that :func:`state_of` went by, to be held against the rule; ``year``: that whose expected
    value they are of.
    """
    behind = (
        _("没有路径")
        if lag is None
        else _("不落后")
        if lag <= 1e-9
        else _("落后%(lag)s%%") % {"lag": f"{tenths(lag):g}"}
    )
    if lag is not None and lag > 1e-9:
        near = tenths(lag) <= tenths(rules.at_risk_gap)
        behind += ("≤" if near else "＞") + f"{tenths(rules.at_risk_gap):g}%"
    if reached:
        behind = _("已达到目标")
    if year is not None:
        behind = _("按%(year)s年预计数%(behind)s") % {"year": year, "behind": behind}
    likely = _("不能预测") if chance is None else _("概率%(chance)s%%") % {"chance": percent(chance)}
    return f"{behind}；{likely}　→　{state_word(state)}"


def state_word(state: Shown) -> str:
    """The word of a state."""
    known = {
        "done": _("已完成"),
        "on_track": _("正常"),
        "at_risk": _("预警"),
        "off_track": _("滞后"),
        "stale": _("待更新"),
        "no_data": _("无数据"),
    }
    return known[state]


def _numbers(rules: Rules) -> dict[str, str | int]:
    """The rule's numbers as its sentences print them."""
    return {
        "gap": f"{tenths(rules.at_risk_gap):g}",
        "good": f"{tenths(rules.chance_good):g}",
        "poor": f"{tenths(rules.chance_poor):g}",
        "sure": SURE,
        "months": STALE_MONTHS,
        "least": LEAST_MONTHS,
    }


def words(rules: Rules) -> tuple[str, ...]:
    """The rule in sentences, for pages, API, command line, briefing and wall screen."""
    known = _numbers(rules)
    return (
        _(
            "落后：所属时期末按路径应达到的数与最新值（有预计数的为预计数）之差，除以从基数到目标的全程（逐年、年均目标除以当期要求）。"
        ),
        _(
            "预计：按全年合计数和逐年考核的目标，最近一个全年数以后的年度已有%(least)s个月以上数据的，由这些月份推算全年预计数，与年末的要求比较。合计数乘以前各年全年数与同期数之比的几何平均，增速、比重等加以前各年全年数与同期数之差的平均；数字印在目标页。预计数不是实际数，一律标明；已完成还须最新的实际数也达到。"
        )
        % known,
        _("概率：目标年末满足目标的可能性，与预测值、80%区间出自同一个分布，取整数；只有界限已经决定的才是0%或100%。"),
        _(
            "已完成：最新值达到目标，且不会再失去（累计数、目标年已过）、保持到目标年末的概率不低于%(sure)s%%，或不能预测；概率在其下的，不低于%(good)s%%为正常，再低为预警。"
        )
        % known,
        _(
            "正常：不落后，概率不低于%(poor)s%%（逐年目标不低于%(good)s%%）或不能预测；或落后不超过%(gap)s%%但概率不低于%(good)s%%。"
        )
        % known,
        _(
            "预警：不落后而概率更低；落后不超过%(gap)s%%而概率低于%(good)s%%或不能预测；或落后超过%(gap)s%%但概率不低于%(good)s%%。"
        )
        % known,
        _("滞后：落后超过%(gap)s%%而概率低于%(good)s%%或不能预测；到期未达到；或概率为0%%。") % known,
        _("缺少基数时只看概率：不低于%(good)s%%为正常，不低于%(poor)s%%为预警，再低为滞后。") % known,
        _(
            "逐年目标：最近一个已结束的年度未达到为滞后；更早有年度未达到，最好也只评为预警，且不再给出概率。年均目标到目标年末才算完成。"
        ),
        _(
            "待更新：最新值的时期结束已超过%(months)s个月，不判断进度。无数据：没有数值、基数或目标值。有发布数据时按发布数据判断，模拟数据只并列对照。"
        )
        % known,
    )


def short_words(rules: Rules) -> str:
    """The rule in one line, for the wall screen."""
    known = _numbers(rules)
    return (
        _(
            "已完成：达到且保持概率≥%(sure)s%%；正常：不落后且概率≥%(poor)s%%（逐年目标≥%(good)s%%），或落后≤%(gap)s%%且概率≥%(good)s%%；"
            "滞后：落后＞%(gap)s%%且概率＜%(good)s%%；预警：介于两者之间；待更新：数据超过%(months)s个月；全年数未出的按预计"
        )
        % known
    )


def light_words() -> tuple[str, ...]:
    """The rule of the lights of measures."""
    return (
        _("红灯：有约定目标滞后。"),
        _("黄灯：没有约定目标滞后，但有约定目标预警、力争目标滞后，或牵头单位未按时报告。"),
        _("绿灯：有可判断的目标或按时的报告，且没有上述情形（力争目标预警不影响灯色）。"),
        _("已完成：所列目标都已完成。未亮灯：没有可判断的目标，也没有报告。"),
    )


def supervision_words() -> tuple[str, ...]:
    """Who is late with a supervised task."""
    return (
        _("谁手里有这一步，逾期就算谁的：报告在责任单位，评判在督办人。"),
        _(
            "责任单位报告以后、评判以前，事项不亮红灯，也不计责任单位逾期；评判超过时限的亮黄灯，计督办人所在单位评判逾期。"
        ),
        _("退回重报时原期限已过的，按重报的时限计算。"),
    )
