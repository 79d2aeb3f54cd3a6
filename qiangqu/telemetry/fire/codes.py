"""Words of GB/T 26875.3-2011 that the program acts on or shows, with the clause or table of each."""

from enum import IntEnum, StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class Command(IntEnum):
    """Table 2, the command byte of the control unit."""

    CONTROL = 1
    SEND = 2
    CONFIRM = 3
    REQUEST = 4
    ANSWER = 5
    DENY = 6


class Kind(IntEnum):
    """Types of application units (8.1.1) that are read or written here."""

    SYSTEM = 1
    PART = 2
    ANALOGUE = 3
    OPERATION = 4
    SYSTEM_VERSION = 5
    SYSTEM_SETUP = 6
    PART_SETUP = 7
    SYSTEM_TIME = 8
    DEVICE = 21
    DEVICE_OPERATION = 24
    DEVICE_VERSION = 25
    DEVICE_SETUP = 26
    DEVICE_TIME = 28
    READ_SYSTEM = 61
    READ_DEVICE = 81
    READ_VERSION = 85
    READ_SETUP = 86
    READ_TIME = 88
    SET_TIME = 90
    CALL_GUARD = 91


class Quirk(StrEnum):
    """A departure from the standard that leaves no doubt of what is meant."""

    OTHER_VERSION = "other_version"
    UNIT_LENGTH = "unit_length"  # objects are missing at the end, or bytes stand after them
    NO_TIME = "time_received"  # an impossible time: the time of receipt stands for it
    CLOCK_OFF = "clock_corrected"
    UNKNOWN_TYPE = "unknown_type"


class Refusal(StrEnum):
    """What could not be taken in, counted."""

    GARBAGE = "garbage"
    BAD_LENGTH = "bad_length"
    BAD_END = "bad_end"
    BAD_SUM = "bad_check"
    BAD_UNIT = "bad_item"
    NO_COMMAND = "no_command"
    GIVEN_UP = "given_up"


NORMAL, FIRE, FAULT, SHIELD = 0, 1, 2, 3  # bits of a state
#: 8.2.1.1, figure 6: bits 1 to 13 of a system's state; bit 0 says normal (1) or being tested (0)
SYSTEM_BITS = (
    "火警", "故障", "屏蔽", "监管", "启动", "反馈", "延时", "主电故障", "备电故障", "总线故障", "手动", "配置改变", "复位",
)  # fmt: skip
#: 8.2.1.2: bits 1 to 8 of a part's state
PART_BITS = ("火警", "故障", "屏蔽", "监管", "启动", "反馈", "延时", "电源故障")
#: 8.2.1.8: bits 1 to 6 of the device's own state
DEVICE_BITS = ("火警", "故障", "主电故障", "备电故障", "与监控中心的通信信道故障", "监测连接线路故障")
#: 8.2.1.4 and 8.2.1.9: bits of an operation; bit 5 of the device's own is the answer to the guard call
OPERATIONS = ("复位", "消音", "手动报警", "警情消除", "自检", "确认", "测试")
DEVICE_OPERATIONS = (*OPERATIONS[:5], "查岗应答", "测试")
RESET, GUARD = 0, 5
#: faults of each kind of state, as masks
SYSTEM_FAULTS, PART_FAULTS, DEVICE_FAULTS = 0b111_0000_0100, 0b1_0000_0100, 0b111_1100

#: table 4
SYSTEMS = {
    0: _("通用"), 1: _("火灾报警系统"), 10: _("消防联动控制器"), 11: _("消火栓系统"), 12: _("自动喷水灭火系统"),
    13: _("气体灭火系统"), 14: _("水喷雾灭火系统（泵启动）"), 15: _("水喷雾灭火系统（压力容器启动）"),
    16: _("泡沫灭火系统"), 17: _("干粉灭火系统"), 18: _("防烟排烟系统"), 19: _("防火门及卷帘系统"), 20: _("消防电梯"),
    21: _("消防应急广播"), 22: _("消防应急照明和疏散指示系统"), 23: _("消防电源"), 24: _("消防电话"),
}  # fmt: skip
#: table 5; they stand in messages only, which are kept as they were read
PARTS = {
    0: "通用", 1: "火灾报警控制器", 10: "可燃气体探测器", 11: "点型可燃气体探测器", 12: "独立式可燃气体探测器",
    13: "线型可燃气体探测器", 16: "电气火灾监控报警器", 17: "剩余电流式电气火灾监控探测器",
    18: "测温式电气火灾监控探测器", 21: "探测回路", 22: "火灾显示盘", 23: "手动火灾报警按钮", 24: "消火栓按钮",
    25: "火灾探测器", 30: "感温火灾探测器", 31: "点型感温火灾探测器", 32: "点型感温火灾探测器（S型）",
    33: "点型感温火灾探测器（R型）", 34: "线型感温火灾探测器", 35: "线型感温火灾探测器（S型）",
    36: "线型感温火灾探测器（R型）", 37: "光纤感温火灾探测器", 40: "感烟火灾探测器", 41: "点型离子感烟火灾探测器",
    42: "点型光电感烟火灾探测器", 43: "线型光束感烟火灾探测器", 44: "吸气式感烟火灾探测器", 50: "复合式火灾探测器",
    51: "复合式感烟感温火灾探测器", 52: "复合式感光感温火灾探测器", 53: "复合式感光感烟火灾探测器",
    61: "紫外火焰探测器", 62: "红外火焰探测器", 69: "感光火灾探测器", 74: "气体探测器",
    78: "图像摄像方式火灾探测器", 79: "感声火灾探测器", 81: "气体灭火控制器", 82: "消防电气控制装置",
    83: "消防控制室图形显示装置", 84: "模块", 85: "输入模块", 86: "输出模块", 87: "输入/输出模块", 88: "中继模块",
    91: "消防水泵", 92: "消防水箱", 95: "喷淋泵", 96: "水流指示器", 97: "信号阀", 98: "报警阀", 99: "压力开关",
    101: "阀驱动装置", 102: "防火门", 103: "防火阀", 104: "通风空调", 105: "泡沫液泵", 106: "管网电磁阀",
    111: "防烟排烟风机", 113: "排烟防火阀", 114: "常闭送风口", 115: "排烟口", 116: "电控挡烟垂壁",
    117: "防火卷帘控制器", 118: "防火门监控器", 121: "警报装置",
}  # fmt: skip
#: table 6: name, unit, what one step is
ANALOGUES = {
    1: (gettext_noop("事件计数"), gettext_noop("件"), 1.0),
    2: (gettext_noop("高度"), "m", 0.01),
    3: (gettext_noop("温度"), "℃", 0.1),
    4: (gettext_noop("压力（MPa）"), "MPa", 0.1),
    5: (gettext_noop("压力（kPa）"), "kPa", 0.1),
    6: (gettext_noop("气体浓度"), "%LEL", 0.1),
    7: (gettext_noop("时间"), "s", 1.0),
    8: (gettext_noop("电压"), "V", 0.1),
    9: (gettext_noop("电流"), "A", 0.1),
    10: (gettext_noop("流量"), "L/s", 0.1),
    11: (gettext_noop("风量"), "m³/min", 0.1),
    12: (gettext_noop("风速"), "m/s", 1.0),
}


def named(bits: tuple[str, ...], word: int, first: int = 0) -> str:
    """The names of the bits of a word that are set; ``first``: which bit the first name is of.

    >>> named(SYSTEM_BITS, 0b11, 1), named(OPERATIONS, 0b100001)
    ('火警', '复位、确认')
    """
    return "、".join(name for bit, name in enumerate(bits, first) if word >> bit & 1)
