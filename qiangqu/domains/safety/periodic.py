"""Names are opened at the start hour, whether or not somebody is at the desk; who publishes late is told."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import QiangquError
from qiangqu.base.visibility import trail
from qiangqu.messaging.notify import notify_all
from qiangqu.registry.models import User
from qiangqu.registry.roles import Action

from .drawing import DRAWS, limit_of, opened
from .models.inspections import Draw
from .terms import DrawState


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


def remind_publishing(now: dt.datetime) -> str:
    """Tell who runs draws there of results that should have been published by today, once each."""
    today, told = timezone.localdate(now), 0
    for draw in Draw.objects.filter(state=DrawState.OPENED).select_related("area"):
        limit = limit_of(draw)
        if limit is not None and limit <= today:
            told += notify_all(
                User.objects.posted(Action.RUN_DRAWS, area__path__in=trail(draw.area.path)),
                _("抽查结果应公示：%(title)s") % {"title": draw.title},
                _("%(number)s 的公示期限是 %(day)s") % {"number": draw.number, "day": limit.isoformat()},
                reverse("draw", args=[draw.pk]), topic="inspections", key=f"draw-limit-{draw.pk}", simulated=draw.simulated,
            )  # fmt: skip
    return f"提醒公示 {told} 人" if told else ""
