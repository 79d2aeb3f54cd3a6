"""Words of JT/T 808 that the program acts on, and what terminals do that no longer fits them."""

from enum import IntEnum, StrEnum

from django.utils.translation import gettext_lazy as _


class Up(IntEnum):
    """Messages of a terminal that are not just stored."""

    ANSWER = 0x0001
    HEARTBEAT = 0x0002
    SIGN_OFF = 0x0003
    ASK_TIME = 0x0004
    REGISTER = 0x0100
    SIGN_IN = 0x0102
    PARAMETERS = 0x0104
    ATTRIBUTES = 0x0107
    POSITION = 0x0200
    POSITION_ASKED = 0x0201
    CONTROLLED = 0x0500
    WAYBILL = 0x0701
    DRIVER = 0x0702
    POSITIONS = 0x0704


class Down(IntEnum):
    """Messages of the platform."""

    ANSWER = 0x8001
    RESEND = 0x8003
    TIME = 0x8004
    REGISTERED = 0x8100
    SET_PARAMETERS = 0x8103
    GET_PARAMETERS = 0x8104
    GET_THESE = 0x8106
    GET_ATTRIBUTES = 0x8107
    GET_POSITION = 0x8201
    FOLLOW = 0x8202
    CONFIRM_ALARM = 0x8203
    TEXT = 0x8300


class Result(IntEnum):
    """What a general answer says (0x0001, 0x8001)."""

    DONE = 0
    FAILED = 1
    WRONG = 2
    UNKNOWN = 3
    ALARM_CONFIRMED = 4


RESULTS = {0: "成功", 1: "失败", 2: "消息有误", 3: "不支持", 4: "报警处理确认"}


class Registered(IntEnum):
    """What the answer to a registration says."""

    DONE = 0
    VEHICLE_TAKEN = 1
    NO_VEHICLE = 2
    TERMINAL_TAKEN = 3
    NO_TERMINAL = 4


class Quirk(StrEnum):
    """A departure from the standard that leaves no doubt of what is meant."""

    OTHER_HEAD = "other_head"  # the head of the other edition than the version flag says
    ITEM_LENGTH = "item_length"
    ITEMS_BAD = "items_bad"  # additional items that do not fill the message
    IMPLAUSIBLE = "implausible"
    LATE = "late"


class Refusal(StrEnum):
    """What could not be taken in, counted."""

    GARBAGE = "garbage"
    BAD_ESCAPE = "bad_escape"
    BAD_CHECK = "bad_check"
    BAD_LENGTH = "bad_length"
    NO_KEY = "no_key"  # encrypted
    NO_TIME = "no_time"
    BAD_ITEM = "bad_item"
    INCOMPLETE = "incomplete"
    GIVEN_UP = "given_up"
    SPEAKS_FOR_ANOTHER = "speaks_for_another"
    BEFORE_SIGN_IN = "before_sign_in"


#: bits of the alarm word of a position
ALARMS = (
    _("紧急报警"), _("超速报警"), _("疲劳驾驶"), _("危险预警"), _("卫星定位模块故障"), _("定位天线未接或被剪断"),
    _("定位天线短路"), _("主电源欠压"), _("主电源掉电"), _("显示器故障"), _("语音模块故障"), _("摄像头故障"),
    _("运输证卡模块故障"), _("超速预警"), _("疲劳驾驶预警"), _("违规行驶"), _("胎压预警"), _("右转盲区异常"),
    _("当天累计驾驶超时"), _("超时停车"), _("进出区域"), _("进出路线"), _("路段行驶时间异常"), _("路线偏离"),
    _("速度传感器故障"), _("油量异常"), _("车辆被盗"), _("非法点火"), _("非法位移"), _("碰撞预警"), _("侧翻预警"),
    _("非法开门"),
)  # fmt: skip
#: those that the platform may confirm by hand (0x8203)
CONFIRMABLE = (0, 3, 20, 21, 22, 27, 28)
#: those that somebody has to see to at once: emergency, danger, collision, rollover, stolen, illegal door
GRAVE = (0, 3, 26, 29, 30, 31)
FIXED, SOUTH, WEST, ENCRYPTED = 1 << 1, 1 << 2, 1 << 3, 1 << 5  # of the status word


def alarm_names(word: int) -> list[str]:
    """The alarms of an alarm word, in the reader's language.

    >>> [str(name) for name in alarm_names(0b11)]
    ['紧急报警', '超速报警']
    """
    return [str(name) for bit, name in enumerate(ALARMS) if word >> bit & 1]
