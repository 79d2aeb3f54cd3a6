"""Names are opened at the start hour, whether or not somebody is at the desk."""

import datetime as dt

from qiangqu.base.errors import QiangquError

from .drawing import DRAWS, opened
from .models import Draw, DrawState


def open_due(now: dt.datetime) -> str:
    """Open what is drawn and whose hour has come; what cannot be opened waits for a person."""
    count = 0
    for draw in Draw.objects.filter(state=DrawState.DRAWN, starts_at__lte=now):
        try:
            with DRAWS.act(draw, None, "opened", may=lambda _user, _draw: True, states=(DrawState.DRAWN,)) as act:
                opened(act.record)
                act.detail["visits"] = act.record.visits.count()
            count += 1
        except QiangquError:
            continue  # its page says why: the sealed lists were changed
    return f"公开 {count} 次抽查的名单" if count else ""
