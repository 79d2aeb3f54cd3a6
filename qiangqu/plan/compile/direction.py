"""Which way an indicator is meant to go, from what it measures: less is better for concentrations, rates of
accidents, debt …

“PM2.5浓度达到28微克/立方米” names a ceiling with the word of a floor. The table says what the end of a name
tells, and why.
"""

import re

from .signs import Comparator

# What the end of a name measures (a pattern), and what is said of it. The first that fits counts.
LESS_IS_BETTER: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"PM(?:2\.?5|10)(?:（[^）]*）)?(?:年?均?(?:平均)?(?:浓度|值|指数))?$", "污染物浓度越低越好"),
        (r"(?<!负氧离子)(?<!负离子)(?<!溶解氧)(?<!氧)(?:平均|排放|年均|质量)*浓度$", "浓度越低越好"),
        (
            r"(?:死亡|致死|伤亡|病死|发病|患病|感染|复发|致残|近视|肥胖|超重|吸烟|流产|早产|缺陷|剖宫产|重伤)(?:率|人数|比例)$",
            "伤病和死亡越少越好",
        ),
        (r"(?:事故|火灾|案件|发案|纠纷|投诉|信访)(?:总量|起数|件数|数量|数|率|发生率|发生起数)$", "事故和案件越少越好"),
        (r"(?:发案|事故|案件|犯罪)(?:发生)?率$", "事故和案件越少越好"),
        (
            r"(?:失业|漏损|损耗|损失|流失|违约|不良|不良贷款|不合格|次品|废品|报废|空置|闲置|辍学|失学|失败|撂荒|返贫|逾期|欠薪|超标|贫困|贫困发生|迟报|误差|故障|停电|弃风|弃光|弃水|线损|淘汰死苗|自付)(?:率|比例|比重)$",
            "损失越少越好",
        ),
        (r"(?:负债|债务|杠杆)(?:率|比率|水平)$", "债务越低越好"),
        (r"(?:不良贷款|负债|债务)余额$", "债务越低越好"),
        (
            r"(?:能耗|电耗|水耗|煤耗|气耗|油耗|物耗|药耗|地耗|能源消耗|水资源消耗|资源消耗|消耗)(?:强度|总量|量|水平|限额)?$",
            "消耗越少越好",
        ),
        (r"(?:能源|煤炭|煤|化石能源|石油|成品油|标准煤)消费(?:总量|量)$", "消耗越少越好"),
        (r"(?:化肥|农药|地膜|抗菌药|抗生素|兽药)(?:施用|使用|用)(?:总量|量|强度)$", "投放越少越好"),
        (r"(?:用水|取水|耗水|新鲜水|新水)(?:总量|量|强度)$", "用水越少越好"),
        (r"(?<!减)(?:碳|二氧化碳|甲烷|氮氧化物|二氧化硫|污染物|废水|废气|化学需氧量|氨氮|总磷|有机物|烟尘)?排放(?:总量|量|强度|水平)$", "排放越少越好"),
        (r"(?:生活垃圾|固体废物|固废|污泥|危险废物)(?:填埋|产生)(?:总量|量|强度|比例|率)$", "废物越少越好"),
        (r"(?:劣[ⅤV五]类|黑臭|重度污染|污染)(?:水体|水质|断面|天数)(?:比例|比重|数量|条数|个数)?$", "污染越少越好"),
        (r"建设用地(?:总)?(?:规模|面积|总量)$", "建设用地越省越好"),
        (r"(?:收入比|收入差距|倍差|差距|基尼系数|恩格尔系数|抚养比)$", "差距越小越好"),
        (
            r"(?:办理|审批|办结|响应|等候|等待|候诊|出警|到场|通关|通勤|停电|抢修|办电|接电|救援|开办)(?:时限|时间|时长|用时|天数|时延)$|时延$|平均住院(?:日|天数)$",
            "用时越短越好",
        ),
        (r"(?:个人卫生支出占[^，]{2,12}(?:比重|比例)|个人卫生支出|物流(?:总)?(?:费用|成本)(?:占|与)[^，]{2,12}(?:比率|比重|比例)|成本率)$", "负担越轻越好"),
    )
)  # fmt: skip
# A name that ends so tells how well the bad thing is kept down: there more is better.
_KEPT_DOWN = re.compile(
    r"(?:达标|合格|下降|降低|减少|削减|治理|处置|处理|控制|覆盖|利用|回收|回用|监测|防治|整改|化解|完成|破案|侦破|调解|查处|优良|替代|循环)(?:率|量|比例|幅度|面积|天数)?$"
)
# Words of a floor that stand by themselves: whoever writes them means them.
_FLOOR = re.compile(r"(?:不低于|不少于|不小于|至少|最低|高于|超过|突破|≥|>=|大于等于)[^，。；\d]{0,4}$")


def less_is_better(name: str) -> str:
    """Why less of ``name`` is better, in Chinese; "" where more is, or where the name does not tell.

    >>> less_is_better("PM2.5浓度"), less_is_better("万元工业增加值用水量"), less_is_better("研发投入强度")
    ('污染物浓度越低越好', '用水越少越好', '')
    """
    bare = re.sub(r"（[^（）]*）$", "", name)
    if _KEPT_DOWN.search(bare):
        return ""
    return next((reason for pattern, reason in LESS_IS_BETTER if pattern.search(bare)), "")


def ceiling(name: str, sign: Comparator, before: str, after: str) -> str:
    """The reason to read a bare 达到 as a ceiling; "" where the floor is meant: it says so, or more of it is
    better.

    ``before``: the words before the value; ``after``: the sign behind it (以上, 左右 …).
    """
    if sign != ">=" or after or _FLOOR.search(before[-16:]):
        return ""
    return less_is_better(name)
