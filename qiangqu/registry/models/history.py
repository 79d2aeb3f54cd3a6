"""History of register records, so that any list can be asked "as of" a day.

``django-simple-history`` keeps every version. Its ``history_date`` is the day from which the version holds
(the 生效日期 that a form asks for; the day of birth for the first version); ``recorded_at`` is when it was
entered. The two together answer both "how was it on 1 March?" and "what did we believe on 1 March?".
"""

import datetime as dt
from collections.abc import Collection
from typing import Any, Self, TypeVar

from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Recorded(models.Model):
    """What every stored version has besides simple_history's own columns."""

    recorded_at = models.DateTimeField(_("录入时间"), auto_now_add=True)

    class Meta:
        abstract = True


M = TypeVar("M", bound=models.Model)
_VERSIONS_AT_ONCE = 500


class RegisterQuerySet(models.QuerySet[M]):
    """Records of a register. A change of many at once (``update``, ``bulk_update``) leaves a version of each, as saving
    one does: whoever reads registers (formulas, lists of a day) learns from the versions that something changed.
    ``simple_history``'s ``bulk_update_with_history`` writes its own: give it ``manager=Model._base_manager``.
    """

    def update(self, **kwargs: Any) -> int:
        with transaction.atomic(using=self.db):
            # before: what was asked for may no longer be true of them afterwards
            changed = list(self.order_by().values_list("pk", flat=True))
            rows = super().update(**kwargs)
            history: Any = self.model.history  # type: ignore[attr-defined]
            for at in range(0, len(changed), _VERSIONS_AT_ONCE):
                some = self.model._base_manager.filter(pk__in=changed[at : at + _VERSIONS_AT_ONCE])
                history.bulk_history_create(some, update=True)
        return rows

    update.alters_data = True  # type: ignore[attr-defined]


class RegisterRecord(models.Model):
    """A register record: alive from a day to a day, with history."""

    valid_from = models.DateField(_("起始日期"), db_index=True)
    valid_to = models.DateField(_("终止日期"), null=True, blank=True, help_text=_("最后一天；空表示仍有效"))
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)
    note = models.CharField(_("备注"), max_length=500, blank=True)

    objects = RegisterQuerySet.as_manager()
    history = HistoricalRecords(inherit=True, bases=[Recorded])

    # the day from which the version being saved holds, when it is neither birth nor now; used up by one save
    effective_from: dt.date | None = None
    _is_stored = False

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **kwargs: Any) -> Self:
        record = super().from_db(db, field_names, values, **kwargs)
        record._is_stored = True
        return record

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            # also after bulk_create, which saves without coming through here
            self._is_stored = True
        super().save(*args, **kwargs)
        self._is_stored = True
        self.effective_from = None

    @property
    def _history_date(self) -> dt.datetime:
        """What simple_history stamps on the version that is being written (by save or by its bulk functions):
        ``effective_from`` when given, else the day of birth for a new record and now for a change."""
        day = self.effective_from or (None if self._is_stored else self.valid_from)
        if day is None:
            return timezone.now()
        return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def alive_on(queryset: Any, day: dt.date) -> Any:
    """Records that exist on ``day`` by their own validity (current attributes)."""
    return queryset.filter(valid_from__lte=day).exclude(valid_to__lt=day)


def as_of(model: type[models.Model], day: dt.date) -> Any:
    """Versions of ``model``'s records as they held at the end of ``day``: a queryset of the historical model,
    one row for each record.

    Whether a record existed on ``day`` is judged by the latest knowledge of its validity (a closure entered
    late counts from its own date); its attributes are those of the newest version that held by then, or of
    the first version when a birth was corrected to an earlier day. Records that have been deleted are judged
    by their own last version.
    """
    end = timezone.make_aware(dt.datetime.combine(day, dt.time.max))
    manager: Any = model._default_manager
    history: Any = model.history  # type: ignore[attr-defined]

    def version(record: str) -> Coalesce:
        """Id of the newest version of a record that held by then, else of its first."""
        of_record = history.filter(id=models.OuterRef(record))
        newest = of_record.filter(history_date__lte=end).order_by("-history_date", "-history_id")
        first = of_record.order_by("history_date", "history_id")
        return Coalesce(
            models.Subquery(newest.values("history_id")[:1]), models.Subquery(first.values("history_id")[:1])
        )

    # from the records to their versions: one look-up for each record, not for each version
    living = alive_on(manager.order_by(), day).annotate(version=version("pk")).values("version")
    present = manager.filter(pk=models.OuterRef("id"))
    gone = (
        history.order_by()
        .filter(~models.Exists(present), history_type="-")
        .annotate(version=version("id"))
        .values("version")
    )
    of_gone = models.Q(history_id__in=gone, valid_from__lte=day) & (
        models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=day)
    )
    return history.filter(models.Q(history_id__in=living) | of_gone).exclude(history_type="-")
