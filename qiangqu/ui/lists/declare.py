"""What a list declares."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from ..menu import Text
from .asked import Asked, Tab
from .columns import Column
from .filters import Filters

FIND, NOTHING = _("查找"), _("没有符合条件的记录")


def _no_filters(asked: Asked) -> Filters:
    return {}


def _no_tabs(asked: Asked) -> Sequence[Tab]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One list. ``page`` names its address (further ones: ``-export``, ``-view-save``, ``-view-delete``),
    ``code`` its saved views.

    Which rows
        ``rows(asked)`` gives a queryset of what the user may see (or a sequence that is made, not stored: it
        is then sorted and paged here); ``filters(asked)`` and ``search`` (fields that a word may stand in, or
        what narrows by a text) narrow it. ``keys(asked, narrow, order)`` may find the first ``most`` + 1 ids
        in a cleverer way (None: not this time); ``narrow`` does to any queryset what was asked for. ``once``:
        to find the rows is so costly that they are found once, not counted and then found.
    In which order
        ``order(asked)``, else by a column's ``sort``, or by one of the named ``orders``.
    Shown how
        ``columns`` (or what makes them for a question), ``fetch`` adds to a queryset what the columns need
        (default: ``related`` joined), ``prepare`` makes rows of a page's records, ``link`` is a row's
        address and ``opens`` the record whose page that is, where it is not the row itself (who does not see
        it gets no link), ``row_class`` a class of its line, ``simulated`` whether it is 模拟数据. ``tabs`` are several
        lists on one page.
    And
        ``most`` rows are counted and paged through at most: beyond them a filter serves better, and no
        million is counted. ``size`` is the number of rows on a page. ``context`` gives a template of its own
        what it needs besides. ``id`` begins the ids in the page. ``excel_page`` names the spreadsheet's
        address where it is not ``<page>-export``; ``exported(asked, chosen)`` says which columns it holds
        (default: the chosen ones, all when none were chosen). ``kept`` are parameters of the page's own that
        a saved view keeps. ``strict``: an address that asks for what means nothing gets 422 with its
        sentence, not only the sentence.
    """

    code: str
    page: str
    title: Text
    rows: Callable[[Asked], Any]
    columns: "Sequence[Column] | Callable[[Asked], Sequence[Column]]"
    filters: Callable[[Asked], Filters] = _no_filters
    search: "tuple[str, ...] | Callable[[Any, str], Any] | None" = None
    search_label: Text = FIND
    order: "tuple[str, ...] | Callable[[Asked], tuple[str, ...]]" = ("-pk",)
    orders: Mapping[str, tuple[Text, tuple[str, ...]]] | None = None
    related: tuple[str, ...] = ()
    fetch: Callable[[Asked, Any], Any] | None = None
    prepare: Callable[[Asked, list[Any]], list[Any]] | None = None
    keys: Callable[..., list[Any] | None] | None = None
    once: bool = False
    tabs: Callable[[Asked], Sequence[Tab]] = _no_tabs
    link: Callable[[Any], str] | None = None
    opens: Callable[[Any], Any] | None = None
    row_class: Callable[[Any], str] | None = None
    simulated: Callable[[Any], bool] | None = None
    intro: Text | Callable[[Asked], Text] = ""
    empty: Text = NOTHING
    empty_icon: str = "inbox"
    template: str = "ui/list.html"
    context: Callable[[Any, Asked], dict[str, Any]] | None = None
    most: int = 100_000
    size: int = 25
    id: str = "list"
    strict: bool = False
    kept: tuple[str, ...] = ()
    excel_page: str = ""
    exported: Callable[[Asked, Sequence[Column]], Sequence[Column]] | None = None
    rows_template: str = "ui/list_rows.html"

    def columns_for(self, asked: Asked) -> Sequence[Column]:
        return self.columns(asked) if callable(self.columns) else self.columns

    def order_for(self, asked: Asked) -> tuple[str, ...]:
        return self.order(asked) if callable(self.order) else self.order

    def tabs_for(self, asked: Asked) -> Sequence[Tab]:
        """The tabs, made once for a question: their counts cost."""
        if "tabs" not in asked.kept:
            asked.kept["tabs"] = list(self.tabs(asked))
        made: Sequence[Tab] = asked.kept["tabs"]
        return made

    def intro_for(self, asked: Asked) -> Text:
        if not self.intro:
            return next((one.note for one in self.tabs_for(asked) if one.key == asked.tab), "")
        return self.intro(asked) if callable(self.intro) else self.intro

    @property
    def excel(self) -> str:
        """Name of the spreadsheet's address."""
        return self.excel_page or f"{self.page}-export"


_declared: dict[str, Listing] = {}


def declare(listing: Listing) -> None:
    """Make a list known to :func:`declared`. Two lists with one code would share their saved views:
    ValueError.
    """
    known = _declared.setdefault(listing.code, listing)
    if known.page != listing.page:
        raise ValueError(f"two lists are called {listing.code}: {known.page} and {listing.page}")


def declared() -> list[Listing]:
    """Every list that has an address."""
    return list(_declared.values())
