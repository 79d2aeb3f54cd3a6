"""What meetings answer to other parts."""

from typing import Any

from .calendar import end_feed


def on_access_ended(sender: Any, user: Any, **more: Any) -> None:
    """All that speaks for a user has ended: so does his calendar's address."""
    end_feed(user)
