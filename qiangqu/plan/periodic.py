"""Work of the worker for the plan."""

import datetime as dt
import logging

from django.db.models import Max
from django.utils import timezone

from qiangqu.base.errors import NotFoundError, QiangquError
from qiangqu.registry.models import Area
from qiangqu.registry.models.history import alive_on

from .models import TargetForecast
from .track import current_plan, mark, status

logger = logging.getLogger(__name__)

# what the forecasts were last made from: of this process, so a new worker looks at all areas once
_made_from: tuple[object, ...] | None = None


def forecast_ahead(now: dt.datetime) -> str:
    """Make the forecasts of the plan in all its areas, before somebody opens a page that shows them.

    Does nothing while nothing changes that a status depends on (:func:`.track.mark`) and the day is the same;
    after a change only series whose values are others are forecast anew. A page that comes first makes its
    own area's, as ever.
    """
    global _made_from
    day = timezone.localdate(now)
    basis = (day, *mark())
    if basis == _made_from:
        return ""
    newest = TargetForecast.objects.aggregate(last=Max("pk"))["last"] or 0
    for area in alive_on(Area.objects.all(), day):
        try:
            status(day, area, current_plan(area, day))
        except NotFoundError:
            continue  # no plan there
        except QiangquError as error:  # wrong data of one area is told on its pages, the others go on
            logger.warning("no forecasts for %s: %s", area.code, error)
    _made_from = basis
    made = TargetForecast.objects.filter(pk__gt=newest).count()
    return f"预测 {made} 条" if made else ""
