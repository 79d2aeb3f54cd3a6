"""What a parent answers its children, on a listener of its own (browsers have no business with certificates of
nodes). Who calls is said by the certificate of the line; who has none may only ask to join."""

import datetime as dt
import http.server
import ssl
import threading
import time
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from qiangqu.base.errors import QiangquError
from qiangqu.registry.nodes import node_code

from . import certificates, condition, enrolment, messages, standing, storage
from .core import exchange, pace, store
from .models import Peer

#: bytes of batches in one answer
PORTION = pace.MOST
#: the last contact of a child is written so often, not at each call
STAMP_EVERY = dt.timedelta(seconds=10)
#: without a certificate
OPEN = ("/authority", "/join")


def _seat(peer: Peer) -> exchange.Seat:
    return exchange.Seat(peer.instance, peer.lease, peer.previous)


def _keep_seat(peer: Peer, seat: exchange.Seat) -> None:
    peer.instance, peer.lease, peer.previous = seat
    peer.save(update_fields=["instance", "lease", "previous"])


def knock(peer: Peer, said: dict[str, Any]) -> dict[str, Any]:
    last = storage.last_batch()
    if "nodes" in said:
        condition.believe(peer, said["nodes"])
    ours = exchange.digest(store.tips_of(storage.Shelf(), storage.shared_with(peer.code)))
    seat = _seat(peer)
    verdict = exchange.knock(seat, str(said.get("instance")), str(said.get("digest")), ours)
    if verdict == "same" and peer.agreed != last:
        Peer.objects.filter(pk=peer.pk).update(agreed=last)
    return {"verdict": verdict}


def hello(peer: Peer, said: dict[str, Any]) -> dict[str, Any]:
    call = messages.read_hello(said, peer.code)
    standing.believe(said.get("cards"))
    condition.believe(peer, said.get("nodes"))
    shelf = storage.Shelf()
    clock = time.time()
    lacks = store.lacking(shelf, call.tips, storage.shared_with(peer.code), call.outlines)
    outlines = {log: store.outline(shelf, log) for log in call.outlines}
    with transaction.atomic():
        peer = Peer.objects.select_for_update().get(pk=peer.pk)
        answer, turn = exchange.answer(
            standing.me(),
            storage.tree(),
            shelf,
            _seat(peer),
            call,
            {},
            clock,
            standing.fresh,
            tuple(lacks.ask),
            outlines,
        )
        standing.keep(turn.me)
        if turn.seat is not None:
            _keep_seat(peer, turn.seat)
        peer.offset, peer.parked, peer.version = (
            call.clock - clock,
            max(0, min(call.parked, 2**31 - 1)),
            str(said.get("version"))[:40],
        )
        peer.save(update_fields=["offset", "parked", "version"])
    above = (node_code(), *storage.tree().up(node_code()))
    cards = [one for one in standing.cards() if standing.read_card(one[0])[0] in above]
    return messages.write_answer(answer) | {"cards": cards}


def pull(peer: Peer, said: dict[str, Any]) -> bytes:
    call = messages.read_hello(said, peer.code)
    if call.instance != peer.instance:
        return b""
    lacks = store.lacking(storage.Shelf(), call.tips, storage.shared_with(peer.code), call.outlines)
    return messages.write_frames(storage.portion(lacks.batches, PORTION))


def push(peer: Peer, data: bytes) -> dict[str, Any]:
    shared = storage.shared_with(peer.code)
    came = [one for one in messages.read_frames(data) if shared(one.header.origin, one.header.lane)]
    return {"verdicts": [[one.what, one.detail] for one in storage.receive(came)]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        try:
            status, said = self._answer()
        except QiangquError as error:
            status, said = 422, messages.dump({"error": error.message})
        finally:
            connections.close_all()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        if status != 200:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(said)

    def _caller(self) -> Peer | None:
        assert isinstance(self.connection, ssl.SSLSocket)
        subject: Any = (self.connection.getpeercert() or {}).get("subject", ())
        names = [value for part in subject for name, value in part if name == "commonName"]
        if len(names) != 1:
            return None
        return Peer.objects.filter(code=names[0], parent=node_code(), revoked_at=None).first()

    def _answer(self) -> tuple[int, bytes]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > messages.MOST_FRAMES:
            self.close_connection = True
            return 413, b""
        data = self.rfile.read(int(length))
        if self.path == "/authority":
            return 200, certificates.authority(node_code()).read_bytes()
        if self.path == "/join":
            return 200, messages.dump(enrolment.asked(messages.load(data)))
        peer = self._caller()
        if peer is None:
            return 403, b""
        now = timezone.now()
        if peer.contact_at is None or abs(now - peer.contact_at) > STAMP_EVERY:
            Peer.objects.filter(pk=peer.pk).update(contact_at=now)
        if self.path == "/push":
            return 200, messages.dump(push(peer, data))
        said = messages.load(data)
        if self.path == "/pull":
            return 200, pull(peer, said)
        work = {"/knock": knock, "/hello": hello}.get(self.path)
        return (404, b"") if work is None else (200, messages.dump(work(peer, said)))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: last contacts stand in the table of nodes."""


class Server(http.server.ThreadingHTTPServer):
    """The listener. The handshake is made in the caller's thread: a silent caller holds up nobody else."""

    daemon_threads = True

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), Handler)
        self.context = certificates.server_context(node_code())

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(60)
        secure = self.context.wrap_socket(request, server_side=True)
        super().finish_request(secure, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that breaks off, or is no node, is no matter of this node's log."""


def start(host: str, port: int) -> Server:
    """Listen, in a thread of its own. Raises OSError when the port is taken."""
    server = Server(host, port)
    threading.Thread(target=server.serve_forever, daemon=True, name="federation").start()
    return server
