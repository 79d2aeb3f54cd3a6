"""Asks every GET address of the site and the API with hostile values, one at a time, and notes what breaks.

What a view reads from the query is learnt while it answers (:func:`listening`) and from the API's own
description; values for the path are those of addresses that a visitor of the site meets (:mod:`.crawling`).
"""

import inspect
import re
import signal
import sys
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from django.core.signals import got_request_exception
from django.http import QueryDict
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern
from django.utils.datastructures import MultiValueDict

HANGS = 120.0  # seconds after which an address counts as one that does not answer
_PARAMETER = re.compile(r"<(?:(?P<kind>[^>:]+):)?(?P<name>[^>]+)>")
_HUGE = "9" * 400
#: as they stand in an address: percent-encoded
VALUES = (
    "", "0", "-1", "-0", "1e3", "1_0", " 1", "%2B1", "1.5", "last", "true", "None", "x",
    str(2**31), str(2**63 - 1), str(2**63), str(-(2**63)), str(-(2**63) - 1), str(2**64), _HUGE, "-" + _HUGE, "9" * 5000,
    "NaN", "-nan", "Infinity", "-inf", "1e400", "5e-324", "%D9%A1%D9%A2", "%C2%B2", "%E2%91%A0", "%EF%BC%91",
    "0000-00-00", "0000-01-01", "0001-01-01", "0009-12-31", "9999-12-31", "10000-01-01", "2024-02-30", "2024-13", "0000", "0001",
    "0001-01", "9999", "9999-12", "10000", "0000Q1", "9999Q4", "0001-01-01T00:00", "9999-12-31T23:59:59.999999", "9999-12-31T23:59:59-14:00",
    "2024-W01-1", "20240101", "00:00", "25:61",
    "%00", "a%00b", "%ED%A0%80", "%ED%BF%BF", "%FF%FE", "%0D%0AX-Injected:%201", "%E2%80%AE", "%E2%80%A8", "%F0%9F%92%A9",
    "a" * 6000, "%E5%AD%97" * 2000, "..", "..%2F..%2Fetc%2Fpasswd", "%25", "%5C", "%27%22%3E%3C", "%28%28%28", "%5B%5D", "%7B%7D", "%5B1%2C2%5D",
    ",", ",,,", "-", "--", "*", "%3F", "_", "1,2", "1:2", "1:x", "x:1",
)  # fmt: skip
#: what the middleware reads of every address
EVERYWHERE = ("area", "as_of")
#: for parts of a path: never empty, and a slash would be another address
PARTS = tuple(value for value in VALUES if value not in ("", "..") and "%2F" not in value)


Values = Callable[[], Iterable[str]]


class Hangs(Exception):
    """An address gave no answer in :data:`HANGS`."""


@dataclass
class Address:
    """One GET address: ``route`` with parameters in brackets, ``sample`` values that it answers to, ``reads``
    the query.
    """

    route: str
    sample: dict[str, str]
    reads: set[str] = field(default_factory=set)
    view: str = ""

    def path(self, **other: str) -> str:
        values = self.sample | other
        return "/" + _PARAMETER.sub(lambda found: values[found["name"]], self.route)

    @property
    def parameters(self) -> list[str]:
        return [found["name"] for found in _PARAMETER.finditer(self.route)]


def routes(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[str]:
    """Every route of the URL resolver."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern) and isinstance(pattern.pattern, RoutePattern):
            yield prefix + str(pattern.pattern)


@contextmanager
def listening() -> Iterator[set[str]]:
    """Names that are looked up in queries (and forms) meanwhile."""
    heard: set[str] = set()
    kept = {name: getattr(MultiValueDict, name) for name in ("__getitem__", "getlist", "get")}
    had = MultiValueDict.__contains__

    def spy(name: str) -> Any:
        def call(self: Any, key: Any, *more: Any, **named: Any) -> Any:
            if isinstance(self, QueryDict):
                heard.add(str(key))
            return kept[name](self, key, *more, **named)

        return call

    def contains(self: Any, key: object) -> bool:
        if isinstance(self, QueryDict):
            heard.add(str(key))
        return had(self, key)

    try:
        for name in kept:
            setattr(MultiValueDict, name, spy(name))
        MultiValueDict.__contains__ = contains  # type: ignore[method-assign]
        yield heard
    finally:
        for name, method in kept.items():
            setattr(MultiValueDict, name, method)
        del MultiValueDict.__contains__


class Sweep:
    """Asks as ``client`` (which must not raise what a view raises) and keeps ``faults``: address → what
    happened.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.faults: dict[str, str] = {}
        self.asked = 0
        self._raised: list[str] = []
        self._done: set[tuple[str, str]] = set()

    def get(self, url: str) -> int:
        """The status; 0 when there was no answer at all."""
        self._raised.clear()
        self.asked += 1
        path, _, query = url.partition("?")
        status = 0
        got_request_exception.connect(self._note)
        before = signal.signal(signal.SIGALRM, _hang)
        signal.setitimer(signal.ITIMER_REAL, HANGS)
        try:
            response = self.client.get(path, QUERY_STRING=query)
            if response.streaming:
                for _piece in response.streaming_content:
                    pass
            status = response.status_code
        except (
            Exception
        ) as error:  # a client with raise_request_exception=False raises only what is outside of the views
            self._raised.append(f"{type(error).__name__}: {error}"[:300])
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            got_request_exception.disconnect(self._note)
        if status >= 500 or status == 0 or self._raised:
            short = url if len(url) < 160 else f"{url[:150]}…({len(url)})"
            self.faults[short] = "; ".join([str(status), *self._raised])
        return status

    def _note(self, **_named: Any) -> None:
        kind, error, trace = sys.exc_info()
        own = [f for f in traceback.extract_tb(trace) if "/qiangqu/" in f.filename and "/tests/" not in f.filename]
        place = f" at {own[-1].filename.rsplit('/qiangqu/', 1)[1]}:{own[-1].lineno}" if own else ""
        self._raised.append(f"{getattr(kind, '__name__', kind)}: {error}"[:200] + place)

    def hostile(self, address: Address, values: Values, parts: Values) -> None:
        """Each parameter of the path and of the query with what ``parts`` and ``values`` give, the others
        as they should be. What one view reads for several addresses (the registers share theirs) is asked
        once."""
        for name in address.parameters:
            if self._new(address, f"<{name}>"):
                for value in parts():
                    self.get(address.path(**{name: value}))
        path = address.path()
        for name in sorted(address.reads):
            if not self._new(address, name):
                continue
            for value in values():
                self.get(f"{path}?{quote(name)}={value}")
            self.get(f"{path}?{quote(name)}=1&{quote(name)}=x&{quote(name)}[]=2&{quote(name)}[a]=3")
            # area and day are kept in the session: back to where the visitor was
            if name in EVERYWHERE:
                self.get(f"/?{name}=")

    def _new(self, address: Address, name: str) -> bool:
        key = ("" if name in EVERYWHERE else address.view, name)
        known = key in self._done
        self._done.add(key)
        return not known


def _hang(_signal: int, _frame: Any) -> None:
    raise Hangs


def addresses(client: Client, seen: list[str], api: dict[str, Any]) -> list[Address]:
    """Every GET address with values that exist: ``seen`` are real addresses, ``api`` the API's description
    (OpenAPI).
    """
    values: dict[str, list[str]] = defaultdict(list)
    by_route: dict[str, dict[str, str]] = {}
    for url in seen:
        path = urlsplit(url).path
        try:
            found = resolve(path)
        except Resolver404:
            continue
        by_route.setdefault(found.route, {name: _in_path(found.route, path, name) for name in found.kwargs})
        for name, value in by_route[found.route].items():
            if value not in values[name]:
                values[name].append(value)
    queries = {
        path.strip("/").replace("{", "<").replace("}", ">"): {
            one["name"] for one in operations["get"].get("parameters", []) if one["in"] == "query"
        }
        for path, operations in api["paths"].items()
        if "get" in operations
    }
    operations = {
        path.strip("/").replace("{", "<").replace("}", ">"): f"api:{found['get'].get('operationId', '')}"
        for path, found in api["paths"].items()
        if "get" in found
    }
    made = []
    for route in routes():
        names = [found["name"] for found in _PARAMETER.finditer(route)]
        one = Address(route, by_route.get(route) or _fitting(client, route, names, values))
        with listening() as heard:
            client.get(one.path())
        one.reads = heard - {"csrfmiddlewaretoken", "_once"}
        plain = _PARAMETER.sub(lambda found: f"<{found['name']}>", route)
        one.reads |= queries.get(plain, set())
        one.view = _view_of(one.path(), operations.get(plain, ""))
        made.append(one)
    return made


def _view_of(path: str, operation: str) -> str:
    """The function that answers; the registers' pages and operations are the same functions for all
    registers.
    """
    if operation:
        return f"api:{operation.rpartition('_')[2]}" if operation.endswith(("_list", "_detail")) else operation
    try:
        view: Any = resolve(path).func
    except Resolver404:
        return path
    view = inspect.unwrap(view)
    view = getattr(view, "func", view)
    return f"{view.__module__}.{getattr(view, '__qualname__', path)}"


def _in_path(route: str, path: str, name: str) -> str:
    pattern = re.compile("".join(
        f"(?P<{p[1:-1].split(':')[-1]}>.+?)" if p.startswith("<") else re.escape(p) for p in re.split(r"(<[^>]+>)", route)
    ))  # fmt: skip
    found = pattern.fullmatch(path.lstrip("/"))
    return found[name] if found else "1"


def _fitting(client: Client, route: str, names: list[str], values: dict[str, list[str]]) -> dict[str, str]:
    """Values that an address nobody linked to answers 200 to; of the last tried when there are none."""
    sample: dict[str, str] = {}
    if not names:
        return sample
    longest = max((len(values[name]) for name in names), default=0)
    for at in range(min(max(longest, 1), 4)):
        sample = {name: values[name][at % len(values[name])] if values[name] else "1" for name in names}
        if client.get("/" + _PARAMETER.sub(lambda found: sample[found["name"]], route)).status_code == 200:  # noqa: B023
            break
    return sample
