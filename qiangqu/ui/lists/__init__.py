"""Lists, written once: any scoped queryset becomes a page with filters, sorting, chosen columns, saved views,
paging, Excel and, on a phone, cards.

    ENTRIES = Listing(
        code="waste", page="environment-waste", title=_("固废台账"),
        rows=lambda asked: visibility.seen(WasteEntry.objects.all(), asked.user, asked.area),
        columns=(
            column(WasteEntry, "enterprise__name", role=NAME, label=_("企业")),
            column(WasteEntry, "act", role=STATE),
            column(WasteEntry, "tonnes", role=VALUE, unit=_("吨"), decimals=2),
            column(WasteEntry, "day", role=DATE),
        ),
        filters=lambda asked: choice("class", _("类别"), WasteClass.choices, field="waste_class") | days("day", _("日期")),
        search=("enterprise__name", "waste_name"), related=("enterprise",),
        simulated=lambda row: row.simulated,
    )
    urlpatterns = urls(ENTRIES, "environment/waste", require())    # the page, …/export/, …/views/

``rows`` gives what the user may see (:func:`qiangqu.base.visibility.visible`); the engine only narrows it, so
that the page, its Excel and its counts show the same rows. A page with more than the list on it calls
:func:`show` with a template that extends ``ui/list.html``. What an address asks for that means nothing is
answered with a sentence above an empty list, never with a fault.
"""

from .asked import Asked, Tab, asked_for, asked_of, end_of
from .columns import DATE, NAME, STATE, VALUE, Column, column, made, ticks
from .declare import Listing, declared
from .filters import choice, days, numbers, records, text, yes_no
from .pages import export, show, urls
from .paging import Paging, paged
from .rows import every_row, fetched, narrowed

__all__ = [
    "DATE", "NAME", "STATE", "VALUE", "Asked", "Column", "Listing", "Paging", "Tab", "asked_for", "asked_of", "choice", "column", "days", "declared", "end_of", "every_row",
    "export", "fetched", "made", "narrowed", "numbers", "paged", "records", "show", "text", "ticks", "urls", "yes_no",
]  # fmt: skip
