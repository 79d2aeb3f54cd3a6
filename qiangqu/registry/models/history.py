"""History of register records, so that any list can be asked "as of" a day.

``django-simple-history`` keeps every version. Its ``history_date`` is the day from which the version holds (the 生效日期 that a form asks
for; the day of birth for the first version); ``recorded_at`` is when it was entered. The two together answer both "how was it on
1 March?" and "what did we believe on 1 March?".
"""

import datetime as dt
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Recorded(models.Model):
    """What every stored version has besides simple_history's own columns."""

    recorded_at = models.DateTimeField(_("录入时间"), auto_now_add=True)

    class Meta:
        abstract = True


class RegisterRecord(models.Model):
    """A register record: alive from a day to a day, with history."""

    valid_from = models.DateField(_("起始日期"), db_index=True)
    valid_to = models.DateField(_("终止日期"), null=True, blank=True, help_text=_("最后一天；空表示仍有效"))
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)
    note = models.CharField(_("备注"), max_length=500, blank=True)

    history = HistoricalRecords(inherit=True, bases=[Recorded])

    class Meta:
        abstract = True

    @property
    def _history_date(self) -> dt.datetime:
        """Day from which the version being saved holds: set ``effective_from`` to say otherwise than birth or now."""
        given: dt.date | None = getattr(self, "effective_from", None)
        day = given or (self.valid_from if self._state.adding or self._is_first_version() else None)
        if day is None:
            return timezone.now()
        return timezone.make_aware(dt.datetime.combine(day, dt.time.min))

    def _is_first_version(self) -> bool:
        return not type(self).history.filter(**{self._meta.pk.attname: self.pk}).exists()  # type: ignore[union-attr,attr-defined]


def alive_on(queryset: Any, day: dt.date) -> Any:
    """Records that exist on ``day`` by their own validity (current attributes)."""
    return queryset.filter(valid_from__lte=day).exclude(valid_to__lt=day)


def as_of(model: type[models.Model], day: dt.date) -> Any:
    """Versions of ``model``'s records as they held at the end of ``day``: a queryset of the historical model.

    Records not yet born or already ended on that day are left out.
    """
    end = timezone.make_aware(dt.datetime.combine(day, dt.time.max))
    history: Any = model.history  # type: ignore[attr-defined]
    newest = history.filter(id=models.OuterRef("id"), history_date__lte=end).order_by("-history_date", "-history_id")
    versions = history.filter(history_id=models.Subquery(newest.values("history_id")[:1])).exclude(history_type="-")
    return alive_on(versions, day)
