"""Records of office work."""

from .documents import (
    EDITABLE,
    BodyPost,
    Circulation,
    Delivery,
    DeliveryState,
    Direction,
    Document,
    DocumentKind,
    DocumentState,
    DocumentVersion,
    IssuingBody,
    Openness,
    Post,
    Retention,
    Urgency,
)
from .meetings import (
    AgendaItem,
    Answer,
    CalendarEvent,
    CalendarFeed,
    Invitation,
    Meeting,
    MeetingKind,
    MeetingRoom,
    MeetingState,
    Resolution,
)
