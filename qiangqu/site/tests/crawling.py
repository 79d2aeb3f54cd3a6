"""Walks the site the way a patient visitor would: every link on every page, once per kind of address."""

import re
from collections import deque
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


class _Page(HTMLParser):
    """Links, and the texts that a reader sees outside code and outside elements marked ``data-verbatim`` or ``lang="en"``."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.texts: list[str] = []
        self._silent: list[str] = []  # open elements from the first silent one inwards

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and values.get("href"):
            self.links.append(str(values["href"]))
        starts_silence = tag in _SILENT or values.get("lang") == "en" or "data-verbatim" in values
        if (self._silent or starts_silence) and tag not in _VOID:
            self._silent.append(tag)
        if not self._silent and not starts_silence:
            self.texts += [
                str(values[name]) for name in ("title", "placeholder", "aria-label", "alt") if values.get(name)
            ]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(data.strip())


def english_leftovers(texts: list[str], codes: frozenset[str] = frozenset()) -> list[str]:
    """Pieces of two or more Latin words in a row that are not codes (``codes``: those of one word), addresses or allowed terms."""
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


def _kind(url: str) -> tuple[Any, ...]:
    """Addresses of one route with the same query keys are one kind; only a few of each kind are visited."""
    parts = urlsplit(url)
    try:
        route = resolve(parts.path).route
    except Resolver404:
        route = parts.path
    keys = tuple(sorted(pair.split("=")[0] for pair in parts.query.split("&") if pair))
    return route, keys


def crawl(
    client: Client, start: str = "/", per_kind: int = 2, limit: int = 400, codes: frozenset[str] = frozenset()
) -> Crawl:
    """Visit up to ``per_kind`` addresses of each kind, ``limit`` in all, as the user that ``client`` is signed in as; ``codes`` are words of the data
    that are no English (codes of elements, names of accounts)."""
    found, queue = Crawl(), deque([start])
    found.referrers[start] = "-"
    visited_of_kind: dict[tuple[Any, ...], int] = {}
    while queue and len(found.statuses) < limit:
        url = queue.popleft()
        kind = _kind(url)
        if url in found.statuses or visited_of_kind.get(kind, 0) >= per_kind:
            continue
        visited_of_kind[kind] = visited_of_kind.get(kind, 0) + 1
        response = client.get(url)
        found.statuses[url] = response.status_code
        if response.status_code in (301, 302):
            target = urljoin(url, response.headers["Location"])
            found.referrers.setdefault(target, url)
            queue.append(target)
            continue
        if response.status_code != 200 or not response.headers.get("Content-Type", "").startswith("text/html"):
            continue
        page = _Page()
        page.feed(b"".join(response.streaming_content).decode() if response.streaming else response.content.decode())
        left = english_leftovers(page.texts, codes)
        if left:
            found.english[url] = left
        for link in page.links:
            target = urldefrag(urljoin(url, link)).url
            if urlsplit(target).netloc or not target.startswith("/") or SKIPPED.match(target):
                continue
            if target not in found.referrers:
                found.referrers[target] = url
                queue.append(target)
    return found
