"""The words for what devices send and how they depart from the standard, in the reader's language."""

import re
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .fire.codes import SYSTEMS

INTERVALS = {
    "realtime": _("实时"),
    "rtd": _("实时"),
    "minute": _("分钟"),
    "hour": _("小时"),
    "day": _("日"),
    "state": _("设备状态"),
    "running": _("运行时间"),
    "original": _("原始"),
    "noise": _("噪声"),
    "check": _("校验"),
    "furnace": _("焚烧炉"),
}
STATISTICS = {
    "Rtd": _("瞬时值"),
    "Avg": _("均值"),
    "Min": _("最小值"),
    "Max": _("最大值"),
    "Cou": _("累计值"),
    "ZsRtd": _("折算瞬时值"),
    "ZsAvg": _("折算均值"),
    "ZsMin": _("折算最小值"),
    "ZsMax": _("折算最大值"),
    "Ala": _("报警值"),
    "UpValue": _("上限"),
    "LowValue": _("下限"),
    "Data": _("监测值"),
    "DayData": _("昼间值"),
    "NightData": _("夜间值"),
    "RS": _("运行状态"),
    "RT": _("运行时间"),
}
# what is shown as "the" value of a factor, the likeliest first
SHOWN_STATISTICS = ("Rtd", "Data", "Avg", "ZsRtd", "ZsAvg")
_PLACE = re.compile(r"([0-9a-f]{2})([0-9a-f]{2})(?:([0-9a-f]{4})([0-9a-f]{4}))?", re.ASCII)


def statistic_word(code: str) -> Any:
    """What a statistic is called; of a fire system or part where it is."""
    return STATISTICS.get(code) or place_word(code) or code


def place_word(code: str) -> str:
    """Where a fire system or part is (:func:`.fire.factors.place`); "" for another statistic."""
    place = None if code in STATISTICS else _PLACE.fullmatch(code)
    if place is None:
        return ""
    kind, address = int(place[1], 16), int(place[2], 16)
    name = SYSTEMS.get(kind) or gettext("系统类型 %(kind)s") % {"kind": kind}
    if place[3] is None:
        return f"{name} {address}"
    where = {"zone": int(place[3], 16), "number": int(place[4], 16)}
    return f"{name} {address} · " + gettext("%(zone)s 区 %(number)s 号") % where


COMMANDS = {
    "1000": _("超时与重发次数"),
    "1011": _("提取现场机时间"),
    "1012": _("设置现场机时间"),
    "1013": _("设备请求校时"),
    "1061": _("提取实时数据间隔"),
    "1062": _("设置实时数据间隔"),
    "2011": _("实时数据"),
    "2012": _("停止实时数据"),
    "2031": _("日历史数据"),
    "2051": _("分钟历史数据"),
    "2061": _("小时历史数据"),
    "2081": _("设备开机时间"),
    "3020": _("设备信息"),
    "9011": _("请求应答"),
    "9012": _("执行结果"),
    "9013": _("通知应答"),
    "9014": _("数据应答"),
    "9015": _("心跳"),
    "0104": _("终端参数"),
    "0107": _("终端属性"),
    "0200": _("位置汇报"),
    "0201": _("位置查询应答"),
    "0500": _("车辆控制应答"),
    "0701": _("电子运单"),
    "0702": _("驾驶员身份"),
    "0704": _("位置批量上传"),
    "8103": _("设置终端参数"),
    "8104": _("查询终端参数"),
    "8107": _("查询终端属性"),
    "8201": _("查询位置"),
    "8202": _("临时位置跟踪"),
    "8203": _("人工确认报警"),
    "8300": _("下发文本"),
    "1": _("消防系统状态"),
    "2": _("消防部件状态"),
    "3": _("消防部件模拟量"),
    "4": _("消防系统操作"),
    "5": _("消防系统软件版本"),
    "6": _("消防系统配置"),
    "7": _("消防部件配置"),
    "8": _("消防系统时间"),
    "21": _("传输装置状态"),
    "24": _("传输装置操作"),
    "25": _("传输装置软件版本"),
    "26": _("传输装置配置"),
    "28": _("传输装置时间"),
    "61": _("读消防系统状态"),
    "81": _("读传输装置状态"),
    "85": _("读传输装置软件版本"),
    "86": _("读传输装置配置"),
    "88": _("读传输装置时间"),
    "90": _("同步传输装置时钟"),
    "91": _("查岗"),
}
# what people may ask of a device, by its protocol
ASKABLE = {
    "hj212": ("1011", "1012", "1061", "1062", "2011", "2012", "2051", "2061", "2031"),
    "jt808": ("8300", "8201", "8202", "8104", "8103", "8107", "8203"),
    "fire": ("91", "81", "61", "90", "88", "85", "86"),
}
# and what a command of a terminal or a transmission device needs besides
NEEDED = {
    "8300": ("text",),
    "8103": ("parameters",),
    "8202": ("interval", "validity"),
    "8203": ("alarms",),
    "61": ("system", "address"),
    "91": ("minutes",),
}
QUALITY = {
    "wrong_length": _("声明的长度不对（CRC 正确）"),
    "oversize": _("数据段超过 1024 个字符"),
    "lower_crc": _("CRC 用了小写字母"),
    "modbus_crc": _("CRC 按 Modbus 算法"),
    "missing_qn": _("没有请求编码 QN"),
    "bad_qn": _("请求编码 QN 不是时间"),
    "missing_flag": _("没有标志 Flag"),
    "field_order": _("字段顺序不合标准"),
    "unclosed_cp": _("数据区没有收尾"),
    "extra_separator": _("多余的分隔符"),
    "time_format": _("时间写法不合标准"),
    "time_from_qn": _("没有数据时间，取自 QN"),
    "mark_case": _("数据标记用了小写字母"),
    "no_mark": _("没有数据标记"),
    "unknown_factor": _("字典里没有的因子代码"),
    "late": _("断线后补传"),
    "garbage": _("报文之间的杂乱字节"),
    "bad_length": _("长度不对"),
    "bad_crc": _("CRC 错误"),
    "no_mn": _("没有设备编码 MN"),
    "no_command": _("没有命令编码 CN"),
    "no_region": _("没有数据区"),
    "no_key": _("已加密，但没有登记密钥"),
    "no_time": _("没有数据时间"),
    "bad_item": _("读不懂的数据项"),
    "bad_value": _("值不是数字"),
    "bad_mark": _("不认识的数据标记"),
    "repeated_item": _("同一项出现两次"),
    "unavailable": _("折算值无法计算（9999.99）"),
    "too_many": _("测点过多"),
    "incomplete": _("分包没有收齐"),
    "not_finite": _("值不是有限数"),
    "too_large": _("值过大"),
    "clock_ahead": _("时间在未来一天以后"),
    "clock_behind": _("时间早于保留期"),
    "wrong_password": _("访问密码不对"),
    "password_waits": _("密码错误过多，暂缓受理"),
    "no_password": _("登记的访问密码为空，不受理"),
    "given_up": _("乱码过多，连接被关闭"),
    "disabled": _("设备已停用"),
    "bad_payload": _("读不懂的消息"),
    "bad_status": _("数据源报告值无效"),
    "no_answer": _("设备无应答"),
    "no_item": _("数据源没有这一项"),
    "item_refused": _("数据源拒绝给出这一项"),
    "item_absent": _("报文里没有这一项"),
    "transient": _("数据源标明不留存（is_transient）"),
    "no_type": _("没有听到数据类型，无法读出"),
    "unknown_alias": _("没有听到这个别名的出生报文"),
    "failed": _("处理出错"),
    "other_head": _("消息头的版本与版本标识不符"),
    "item_length": _("附加信息的长度不合标准"),
    "items_bad": _("附加信息没有填满消息"),
    "implausible": _("坐标不可能"),
    "bad_escape": _("转义错误"),
    "bad_check": _("校验码错误"),
    "speaks_for_another": _("替别的终端说话"),
    "before_sign_in": _("鉴权之前上报"),
    "no_serial": _("没有登记终端 ID，不能注册"),
    "wrong_address": _("不是从登记的来源地址连来的"),
    "bad_end": _("结束符不对"),
    "other_version": _("协议主版本号不是 1"),
    "unit_length": _("信息对象没有填满数据单元，或有多余的字节"),
    "time_received": _("时间不成立，按收到的时间记"),
    "clock_corrected": _("装置时钟不准，时间已按偏差校正"),
    "unknown_type": _("不认识的类型，只留原文"),
}
# units of durations: what comes after the number
DURATIONS = {"s": _("秒"), "min": _("分钟"), "h": _("小时"), "d": _("天")}
