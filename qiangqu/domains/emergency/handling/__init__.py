"""What is done about an event: opened and graded (:mod:`.opening`), people called (:mod:`.calling`), the log
(:mod:`.logbook`), resources (:mod:`.resources`), ended and reviewed (:mod:`.closing`).
"""

from . import calling, closing, logbook, resources
from .opening import EVENTS, open_event

__all__ = ["EVENTS", "calling", "closing", "logbook", "open_event", "resources"]
