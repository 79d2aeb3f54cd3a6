"""Records of office work."""

from .documents import (
    Circulation,
    Delivery,
    DeliveryState,
    Direction,
    Document,
    DocumentFile,
    DocumentKind,
    DocumentState,
    DocumentVersion,
    IssuingBody,
    NumberSeries,
    Openness,
    Retention,
    Urgency,
)

__all__ = [
    "Circulation",
    "Delivery",
    "DeliveryState",
    "Direction",
    "Document",
    "DocumentFile",
    "DocumentKind",
    "DocumentState",
    "DocumentVersion",
    "IssuingBody",
    "NumberSeries",
    "Openness",
    "Retention",
    "Urgency",
]
