"""A child's calls to its parent."""

import datetime as dt
import http.client
import json
import socket
import time
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from qiangqu.base.errors import InputError, QiangquError
from qiangqu.registry.nodes import node_code

from . import certificates, condition, enrolment, keys, messages, standing, storage
from .core import exchange, pace, store
from .core.shapes import PROTO, Log
from .models import STANDING, Said, Standing

TIMEOUT = 30.0
#: how often this node looks at its own state
LOOK_EVERY = 5.0
#: the last contact is written so often, not at each call
STAMP_EVERY = dt.timedelta(seconds=10)


class LineDown(QiangquError):
    """The parent was not reached, or did not answer as a parent does."""


class Line:
    """One connection to the parent, for some calls."""

    def __init__(self, url: str, parent: str, context: Any) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise InputError("上级地址应为 https://主机:端口", where=url)
        host, port = parts.hostname, parts.port or 443
        self.link = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
        try:
            plain = socket.create_connection((host, port), TIMEOUT)
            self.link.sock = context.wrap_socket(plain, server_hostname=f"{parent.lower()}.node.qiangqu")
        except OSError as error:
            raise LineDown(f"连不上上级：{error}", where=url) from error

    def post(self, path: str, data: bytes) -> bytes:
        try:
            self.link.request("POST", path, data)
            answer = self.link.getresponse()
            said = answer.read(messages.MOST_FRAMES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise LineDown(f"线路中断：{error}") from error
        if answer.status == 422:
            raise LineDown(str(messages.load(said).get("error"))[:300])
        if answer.status != 200 or len(said) > messages.MOST_FRAMES:
            raise LineDown(f"上级答复 {answer.status}：{said[:200].decode(errors='replace')}")
        return said

    def ask(self, path: str, said: dict[str, Any]) -> dict[str, Any]:
        return messages.load(self.post(path, messages.dump(said)))

    def close(self) -> None:
        self.link.close()


def ask_to_join(url: str, token: str) -> tuple[str, dict[str, Any]]:
    """Ask the parent of a token once: the words for this screen, and its answer (``waiting``, or what it gives). The
    parent's authority is compared with the token before anything is told to it. Raises InputError, LineDown."""
    parent, code, secret, print_of = enrolment.read_token(token)
    if code != node_code():
        raise InputError(f"邀请是给节点 {code} 的，本节点是 {node_code()}")
    first = Line(url, parent, certificates.client_context(joining=True))
    authority = first.post("/authority", b"")
    first.close()
    try:
        right = certificates.fingerprint(authority) == print_of
    except ValueError:
        right = False
    if not right:
        raise InputError("对方不是发出邀请的节点", where=url)
    (keys.folder() / "parent.crt").write_bytes(authority)
    context = certificates.client_context(joining=True)
    context.load_verify_locations(keys.folder() / "parent.crt")
    context.verify_mode = certificates.ssl.CERT_REQUIRED
    context.check_hostname = True
    context.verify_flags |= certificates.NO_CHECK_TIME
    line = Line(url, parent, context)
    path = keys.folder() / "request.csr"
    if not path.exists():
        path.write_bytes(certificates.request(code))
    request, key = path.read_bytes(), keys.public().hex()
    said = {"code": code, "secret": secret, "request": request.decode(), "key": key, "instance": keys.instance()}
    try:
        answer = line.ask("/join", said)
    finally:
        line.close()
    words = certificates.words(request, key.encode(), authority)
    if "certificate" in answer:
        enrolment.joined(parent, url, str(answer["certificate"]), answer.get("cards"))
    return words, answer


class Caller:
    """A child that keeps in touch: what it remembers between calls is a matter of speed only."""

    def __init__(self) -> None:
        self.ask: tuple[Log, ...] = ()
        self.pace = pace.Pace()
        self.told = ""
        self.line: Line | None = None
        self.state: list[Any] = []
        self.state_at = self.looked_at = float("-inf")

    def call(self) -> str:
        """One exchange with the parent. Returns ``alone``, ``stopped``, ``same``, ``went`` (batches went one way or
        the other), ``two-copies`` or another verdict of the parent. Raises LineDown, WireError."""
        row = Standing.objects.get(pk=STANDING)
        if not row.parent:
            return "alone"
        if row.stopped:
            return "stopped"
        found = self._over_the_line(row)
        trouble, now = "" if found in ("same", "went") else found, timezone.now()
        if trouble != row.trouble or row.reached_at is None or abs(now - row.reached_at) > STAMP_EVERY:
            Standing.objects.filter(pk=STANDING).update(reached_at=now, trouble=trouble)
        return found

    def _over_the_line(self, row: Standing) -> str:
        """A line stays open between calls; one that has died meanwhile is opened anew, once."""
        kept = self.line
        try:
            if self.line is None:
                self.line = Line(row.url, row.parent, certificates.client_context())
            return self._talk(self.line)
        except BaseException as error:
            self.close()
            if kept is None or not isinstance(error, LineDown):
                raise
            return self._over_the_line(row)

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line, self.state, self.looked_at = None, [], float("-inf")

    def _news(self) -> dict[str, Any]:
        """The state of this node and those below it, when it has changed or was not told for a while."""
        if time.monotonic() - self.looked_at < LOOK_EVERY:
            return {}
        said, self.looked_at = condition.report(), time.monotonic()
        state = condition.steady(said)
        if state == self.state and time.monotonic() - self.state_at < condition.TELL_EVERY:
            return {}
        self.state, self.state_at = state, time.monotonic()
        return {"nodes": said}

    def _talk(self, line: Line) -> str:
        me, shelf, last = standing.me(), storage.Shelf(), storage.last_batch()
        shared = storage.shared_with(me.code)
        tips = store.tips_of(shelf, shared)
        cards = standing.cards()
        told = json.dumps(cards)
        if told == self.told:
            said = {"instance": me.instance, "digest": exchange.digest(tips), **self._news()}
            verdict = str(line.ask("/knock", said).get("verdict"))
            if verdict == "same":
                Standing.objects.filter(pk=STANDING).exclude(agreed=last).update(agreed=last)
            if verdict != "differs":
                return verdict
        me = exchange.prepare(me, standing.fresh)
        standing.keep(me)
        outlines = {log: store.outline(shelf, log) for log in self.ask}
        parked = Said.objects.exclude(waits="").count()
        hello = exchange.Hello(PROTO, me.code, me.instance, me.lease, me.next, time.time(), tips, outlines, {}, parked)
        said = messages.write_hello(hello) | {"cards": cards, "version": version("qiangqu"), **self._news()}
        data = line.ask("/hello", said)
        answer = messages.read_answer(data)
        turn = exchange.heard(me, shelf, answer, standing.fresh)
        standing.keep(turn.me)
        if answer.verdict != "ok":
            return turn.alarms[0].what if turn.alarms else answer.verdict
        self.told = told
        standing.believe(data.get("cards"))
        came = messages.read_frames(line.post("/pull", messages.dump(said)))
        storage.receive(came)
        lacks = store.lacking(shelf, answer.tips, storage.shared_with(me.code), answer.outlines)
        self.ask = tuple({*lacks.ask, *answer.ask})
        sent = storage.portion(lacks.batches, self.pace.portion)
        if sent:
            line.post("/push", messages.write_frames(sent))
        self.pace = pace.went_well(self.pace)
        return "went"
