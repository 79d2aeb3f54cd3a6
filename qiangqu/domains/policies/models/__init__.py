"""Tables of policies."""

from .benefit import HELD, LIVE, Benefit, BenefitState, Payment, PaymentKind
from .policy import Fund, Mode, Order, Per, Policy, PolicyState, Rounding

__all__ = [
    "HELD",
    "LIVE",
    "Benefit",
    "BenefitState",
    "Fund",
    "Mode",
    "Order",
    "Payment",
    "PaymentKind",
    "Per",
    "Policy",
    "PolicyState",
    "Rounding",
]
