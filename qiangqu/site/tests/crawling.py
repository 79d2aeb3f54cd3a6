"""Walks the site the way a patient visitor would: every link on every page, once per kind of address."""

import re
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

SKIPPED = re.compile(r"^/(static|media|accounts/logout|i18n|api/(docs|openapi))")
_SILENT = {"script", "style", "code", "pre", "svg", "textarea"}
# Words that Chinese pages rightly contain: units, standards, formats, names of products
ALLOWED_LATIN = re.compile(
    r"(?i)\b(gdp|r&d|5g|excel|csv|xlsx|docx?|pdf|word|json|api|openapi|gb|hj|gb/t|htmx|english|url|https?|www|id|kw|mw|gw|kwh|tce|qiangqu|sha-?256|usb|bdo|tft|co2|"
    r"audit|verify|mqtt|sparkplug|modbus|tcp|opc|ua|autoets|autotheta|ets|theta|sql|markdown|md|txt|utf-?8|bpmn|ok|app|ctrl|enter|esc)\b"
)


_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """Links (those of the menu apart too), and the texts that a reader sees outside code and outside elements
    marked ``data-verbatim`` or ``lang="en"``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.menu: list[str] = []
        self._in_menu = False
        self.texts: list[str] = []
        self._silent: list[str] = []  # open elements from the first silent one inwards

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._in_menu = self._in_menu or (tag == "nav" and values.get("aria-label") == "主菜单")
        if tag == "a" and values.get("href"):
            self.links.append(str(values["href"]))
            if self._in_menu:
                self.menu.append(str(values["href"]))
        starts_silence = tag in _SILENT or values.get("lang") == "en" or "data-verbatim" in values
        if (self._silent or starts_silence) and tag not in _VOID:
            self._silent.append(tag)
        if not self._silent and not starts_silence:
            self.texts += [
                str(values[name]) for name in ("title", "placeholder", "aria-label", "alt") if values.get(name)
            ]

    def handle_endtag(self, tag: str) -> None:
        if tag == "nav":
            self._in_menu = False
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(data.strip())


def english_leftovers(texts: list[str], codes: frozenset[str] = frozenset()) -> list[str]:
    """Pieces of two or more Latin words in a row that are not codes (``codes``: those of one word), addresses
    or allowed terms.
    """
    left = []
    for text in texts:
        if text in codes:
            continue
        plain = re.sub(r"https?://\S+|[\w.+-]+@[\w.-]+|[A-Za-z_]*[_/.:=0-9][\w./:=-]*", " ", text)
        plain = ALLOWED_LATIN.sub(" ", plain)
        if re.search(r"[A-Za-z]{3,}\s+[A-Za-z]{2,}|^\s*[A-Za-z]{4,}\s*$", plain):
            left.append(text[:120])
    return left


@dataclass
class Crawl:
    """What a walk found: statuses by address, leftovers by address."""

    statuses: dict[str, int] = field(default_factory=dict)
    referrers: dict[str, str] = field(default_factory=dict)
    english: dict[str, list[str]] = field(default_factory=dict)

    @property
    def dead(self) -> dict[str, tuple[int, str]]:
        return {url: (status, self.referrers[url]) for url, status in self.statuses.items() if status >= 400}


def route_of(url: str) -> str:
    """The route that answers ``url``, or its path where none does."""
    path = urlsplit(url).path
    try:
        return str(resolve(path).route)
    except Resolver404:
        return path


def route_and_keys(url: str) -> tuple[Any, ...]:
    """The route and the names in the query: addresses alike in both are of one kind."""
    return route_of(url), tuple(sorted(pair.split("=")[0] for pair in urlsplit(url).query.split("&") if pair))


def codes_of_data() -> frozenset[str]:
    """Words in Latin letters that are the data's own, and no English left over."""
    from qiangqu.cases.models import CaseKind
    from qiangqu.facts.models import Element
    from qiangqu.formulas.models import Indicator
    from qiangqu.registry.models import Industry, ProjectKind, RecognitionKind, User
    from qiangqu.telemetry.alarms.models import AlarmRule
    from qiangqu.telemetry.models import Factor, Point

    coded = (AlarmRule, CaseKind, Element, Indicator, Industry, ProjectKind, RecognitionKind)
    listed: list[Iterable[str]] = [model._default_manager.values_list("code", flat=True) for model in coded]
    listed += [Factor.objects.values_list("code", flat=True), Point.objects.values_list("factor_code", flat=True)]
    return frozenset().union(*listed, User.objects.values_list("username", flat=True), ["ningxia"])


@dataclass(frozen=True)
class Answer:
    """What came back: ``location`` of a redirect, ``text`` of an HTML page (None for everything else)."""

    status: int
    location: str = ""
    text: str | None = None


def of_test_client(client: Client) -> Callable[[str], Answer]:
    """How to get an address with Django's test client."""

    def get(url: str) -> Answer:
        response = client.get(url)
        body = response.getvalue()
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        return Answer(response.status_code, response.headers.get("Location", ""), body.decode() if is_page else None)

    return get


def crawl(
    get: Callable[[str], Answer],
    per_kind: int = 2,
    limit: int = 400,
    codes: frozenset[str] = frozenset(),
    kind_of: Callable[[str], Hashable] = route_and_keys,
) -> Crawl:
    """Visit every address of the menu, and of all others up to ``per_kind`` of each kind, ``limit`` in all,
    through ``get``; ``codes`` are words of the data that are no English (codes of elements, names of
    accounts)."""
    start = "/"
    found, queue = Crawl(), deque([start])
    found.referrers[start] = "-"
    visited_of_kind: dict[Hashable, int] = {}
    menu: set[str] = set()
    while queue and len(found.statuses) < limit:
        url = queue.popleft()
        kind = kind_of(url)
        if url in found.statuses or (url not in menu and visited_of_kind.get(kind, 0) >= per_kind):
            continue
        visited_of_kind[kind] = visited_of_kind.get(kind, 0) + 1
        answer = get(url)
        found.statuses[url] = answer.status
        if answer.status in (301, 302):
            target = urljoin(url, answer.location)
            found.referrers.setdefault(target, url)
            queue.append(target)
            continue
        if answer.status != 200 or answer.text is None:
            continue
        page = Page()
        page.feed(answer.text)
        left = english_leftovers(page.texts, codes)
        if left:
            found.english[url] = left
        for link in page.links:
            target = urldefrag(urljoin(url, link)).url
            if urlsplit(target).netloc or not target.startswith("/") or SKIPPED.match(target):
                continue
            if link in page.menu:
                menu.add(target)
            if target not in found.referrers:
                found.referrers[target] = url
                queue.append(target)
    return found
