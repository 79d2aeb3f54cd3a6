"""What goes into the log: what repeats is cut short, of foreign libraries above all, so that nothing is
written for each message, poll or request.
"""

import logging
import time
from collections import OrderedDict

MOST, MOST_OWN, EVERY = 5, 60, 60.0  # records of one place in so many seconds; of this program's own
PLACES = 2000


class Repeats(logging.Filter):
    """Lets through :data:`MOST` records of one place in a foreign library in :data:`EVERY` seconds
    (:data:`MOST_OWN` of this program's, and all its errors); the next one let through says how many were left
    out."""

    def __init__(self, own: str = "qiangqu") -> None:
        super().__init__()
        self.own = own
        self._places: OrderedDict[tuple[str, int, str], list[float]] = (
            OrderedDict()
        )  # since when, how many, how many left out

    def filter(self, record: logging.LogRecord) -> bool:
        own = record.name.partition(".")[0] == self.own
        if own and record.levelno >= logging.ERROR:
            return True
        place = (record.pathname, record.lineno, record.name)
        now = time.monotonic()
        since = self._places.get(place)
        if since is None or now - since[0] > EVERY:
            left_out = int(since[2]) if since is not None else 0
            self._places[place] = [now, 1, 0]
            self._places.move_to_end(place)
            if len(self._places) > PLACES:
                self._places.popitem(last=False)
            if left_out:
                record.msg = f"{record.getMessage()} (+{left_out})"
                record.args = ()
            return True
        since[1] += 1
        if since[1] > (MOST_OWN if own else MOST):
            since[2] += 1
            return False
        return True
