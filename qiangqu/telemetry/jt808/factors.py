"""What positions say, as factors of the register: made when a gateway begins to listen, for no dictionary of
monitoring has them."""

from ..models import Factor

FACTORS = (
    ("vlon", "经度", "°"),
    ("vlat", "纬度", "°"),
    ("vspeed", "车速", "km/h"),
    ("vcourse", "方向", "°"),
    ("valt", "高程", "m"),
    ("valarm", "报警标志", ""),
    ("vstatus", "状态标志", ""),
    ("vmileage", "里程", "km"),
    ("vfuel", "油量", "L"),
    ("vrecorder", "行驶记录速度", "km/h"),
    ("vevent", "需人工确认的报警事件", ""),
    ("vcargotemp", "罐体温度", "℃"),
    ("vsignals", "扩展车辆信号", ""),
    ("vio", "输入输出状态", ""),
    ("vradio", "无线信号强度", ""),
    ("vsatellites", "卫星数", ""),
    ("vad0", "模拟量 0", ""),
    ("vad1", "模拟量 1", ""),
)


def add_factors() -> None:
    """Make those that are not there yet (database)."""
    Factor.objects.bulk_create(
        [Factor(code=code, name=name, unit=unit, medium="vehicle") for code, name, unit in FACTORS],
        ignore_conflicts=True,
    )
