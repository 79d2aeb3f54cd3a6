"""What positions say, as factors of the register: made when a gateway begins to listen, for no dictionary of
monitoring has them."""

from django.utils.translation import gettext_noop as _

from ..models import Factor

FACTORS = (
    ("vlon", _("经度"), "°"),
    ("vlat", _("纬度"), "°"),
    ("vspeed", _("车速"), "km/h"),
    ("vcourse", _("方向"), "°"),
    ("valt", _("高程"), "m"),
    ("valarm", _("报警标志"), ""),
    ("vstatus", _("状态标志"), ""),
    ("vmileage", _("里程"), "km"),
    ("vfuel", _("油量"), "L"),
    ("vrecorder", _("行驶记录速度"), "km/h"),
    ("vcargotemp", _("罐体温度"), "℃"),
    ("vsignals", _("扩展车辆信号"), ""),
    ("vio", _("输入输出状态"), ""),
    ("vradio", _("无线信号强度"), ""),
    ("vsatellites", _("卫星数"), ""),
    ("vad0", _("模拟量 0"), ""),
    ("vad1", _("模拟量 1"), ""),
)


def add_factors() -> None:
    """Make those that are not there yet (database)."""
    Factor.objects.bulk_create(
        [Factor(code=code, name=name, unit=unit, medium="vehicle") for code, name, unit in FACTORS],
        ignore_conflicts=True,
    )
