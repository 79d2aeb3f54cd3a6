"""What states and values are called in the register of factors: made when a gateway begins to listen.

A series of a system or a part has its place as its statistic (:func:`place`): a rule of alarms over ``ffire`` is then
one over all parts of all devices.
"""

from django.utils.translation import gettext_noop as _

from ..models import Factor
from .codes import ANALOGUES

STATE, FIRE, FAULT, SHIELD, OPERATION = "fstate", "ffire", "ffault", "fshield", "foperation"
OWN = "Rtd"  # the statistic of what the device says of itself
FACTORS = (
    (STATE, _("消防状态字"), ""),
    (FIRE, _("火警"), ""),
    (FAULT, _("消防故障"), ""),
    (SHIELD, _("消防屏蔽"), ""),
    (OPERATION, _("消防操作标志"), ""),
    *((f"fa{code:02d}", name, unit) for code, (name, unit, _step) in ANALOGUES.items()),
)


def place(system: int, address: int, zone: int | None = None, number: int = 0) -> str:
    """Where a state belongs: four hexadecimal digits of a system, twelve of a part."""
    return f"{system:02x}{address:02x}" + ("" if zone is None else f"{zone:04x}{number:04x}")


def add_factors() -> None:
    """Make those that are not there yet (database)."""
    Factor.objects.bulk_create(
        [Factor(code=code, name=name, unit=unit, medium="fire") for code, name, unit in FACTORS],
        ignore_conflicts=True,
    )
