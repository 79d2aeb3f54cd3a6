"""The left menu. Parts declare sections and entries in their manifests; a section is shown when it holds an
entry that the user may open.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, reverse

from qiangqu.base.part import MenuItem, Section, Text

from .hooks import hooks

__all__ = ["MenuItem", "Section", "Text", "add_sections", "register", "visible_menu"]

MOST_TOGETHER = 8  # entries of a section that need no headings
_sections: dict[str, Section] = {}
_items: dict[str, MenuItem] = {}


def add_sections(*sections: Section) -> None:
    """Add sections; they are shown in the order of their ``order``."""
    _sections.update((section.key, section) for section in sections)


def register(*items: MenuItem) -> None:
    """Add entries; the same ``url_name`` again replaces the entry. Raises ValueError for a section that does
    not exist.
    """
    for item in items:
        if item.section not in _sections:
            raise ValueError(
                f"menu entry {item.url_name} names the section {item.section}, which is none of {'、'.join(_sections)}"
            )
        _items[item.url_name] = item


@dataclass(slots=True)
class ShownItem:
    label: Text
    url: str
    current: bool = False
    part: Text = ""
    heading: Text = ""


@dataclass(slots=True)
class ShownSection:
    label: Text
    icon: str
    items: list[ShownItem] = field(default_factory=list)

    @property
    def current(self) -> bool:
        return any(item.current for item in self.items)


def _current(items: Iterable[MenuItem], url_name: str) -> MenuItem | None:
    """The one entry of the page: that of exactly this url name, else the one with the longest prefix of it
    (the first, if two are alike).
    """
    best, longest = None, 0
    for item in items:
        fit = len(url_name) + 1 if url_name == item.url_name else 0
        fit = max((fit, *(len(prefix) for prefix in item.prefix if url_name.startswith(prefix))))
        if fit > longest:
            best, longest = item, fit
    return best


def visible_menu(user: Any, current: str = "") -> list[ShownSection]:
    """Sections with the entries that ``user`` may open, in order; ``current`` is the url name of the page
    being shown.
    """
    # asked once an action, and titles of parts compared as the objects they are: every page shows the menu
    may = {action: action is None or hooks.may(user, action) for action in {item.action for item in _items.values()}}
    allowed = [item for item in _items.values() if may[item.action]]
    lit = _current(sorted(allowed, key=_order), current)
    shown = []
    for section in sorted(_sections.values(), key=lambda one: one.order):
        entries = ShownSection(section.label, section.icon, _grouped(list(_shown_items(allowed, section.key, lit))))
        if entries.items:
            shown.append(entries)
    return shown


def _grouped(items: list[ShownItem]) -> list[ShownItem]:
    """A long section whose entries are of several parts: the entries of each part together, below its title;
    a part's only one stands with those of the first.
    """
    if len(items) <= MOST_TOGETHER:
        return items
    counts = Counter(id(item.part) for item in items)
    parts = [part for part in dict.fromkeys(id(item.part) for item in _items.values()) if counts[part] > 1]
    if len(parts) < 2:
        return items
    group = {part: at for at, part in enumerate(parts)}
    grouped = sorted(items, key=lambda item: group.get(id(item.part), 0))
    for at in range(len(parts)):
        first = next(item for item in grouped if group.get(id(item.part), 0) == at)
        first.heading = first.part
    return grouped


def _order(item: MenuItem) -> tuple[int, str]:
    return item.order, item.url_name


def _shown_items(allowed: Iterable[MenuItem], section: str, lit: MenuItem | None) -> Iterable[ShownItem]:
    for item in sorted((i for i in allowed if i.section == section), key=_order):
        try:
            url = reverse(item.url_name)
        except NoReverseMatch:
            # a part that is installed without its pages (a node that runs only part of the site)
            continue
        yield ShownItem(item.label, url, item is lit, item.part)
