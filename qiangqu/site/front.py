"""What stands between the network and the pages: a request reaches a thread only when it is there in full, an
answer leaves the thread at once.

granian parses HTTP and calls :class:`Front` in its event loop, where a slow client costs a socket and nothing
else. The body is read there against a deadline and a limit (small for strangers, :func:`most_bytes`), then
the WSGI application answers in one of a few threads. Long answers are sent from a file, chunk by chunk, each
against a deadline, so a client that does not read holds no thread either.

Times are seconds, sizes bytes.
"""

import asyncio
import json
import logging
import os
import resource
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest
from django.urls import Resolver404, resolve

log = logging.getLogger(__name__)

#: for the head of a request and for the wait between two requests of one connection; for a body that does not
#: get on; twice that for a client that takes nothing of its answer
PATIENCE = max(1, int(os.environ.get("QIANGQU_PATIENCE_SECONDS", "15")))
UNREAD = 2 * PATIENCE
#: a body may take PATIENCE and then must have come at this rate in all
SLOWEST = 4096
#: what anybody may send; more only to pages that say so (``anonymous_bytes``) or with a valid session or
#: token
SMALL = 64 * 1024
#: a refused body of at most this size is taken off the wire, and thrown away, before the refusal is said
LINGER = 64 * 1024 * 1024
IN_MEMORY = 32 * 1024
CHUNK = 64 * 1024
#: answers up to this size are handed over whole
WHOLE = 4 * CHUNK
#: of one connection in granian: its head, and what of an answer the kernel has not taken yet
BUFFER = 128 * 1024
CONNECTIONS = 4096
#: requests that wait for a thread of this process; further ones are told to come again
WAITING = 200
WORDS = {
    500: "服务器出错，请稍后重试；问题已记入日志",
    408: "请求发送得太慢，已中止；请检查网络后重试",
    411: "请求没有说明内容的长度",
    413: "发送的内容太大",
    503: "访问的人太多，请稍后再试",
}


class Refused(Exception):
    """A request that is answered without the application: the status."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


class SentFile:
    """``wsgi.file_wrapper``: a file that the event loop sends, read in the threads chunk by chunk."""

    def __init__(self, file: Any, block_size: int = CHUNK) -> None:
        self.file = file

    def __iter__(self) -> Any:
        return iter(lambda: self.file.read(CHUNK), b"")

    def close(self) -> None:
        self.file.close()


Headers = list[tuple[str, str]]
Rest = tuple[bytes, SentFile]


def environ_of(scope: Any, body: IO[bytes], length: int) -> dict[str, Any]:
    """The WSGI environment of a request that has been received in full."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_LENGTH": str(length) if length else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": SentFile,
    }
    for name, value in scope.headers.items():
        if "_" in name or name in ("content-length", "transfer-encoding"):
            continue  # "x_forwarded_for" would pass for X-Forwarded-For
        key = "CONTENT_TYPE" if name == "content-type" else "HTTP_" + name.upper().replace("-", "_")
        joint = "; " if name == "cookie" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    if scope.authority and "HTTP_HOST" not in environ:
        environ["HTTP_HOST"] = scope.authority
    return environ


def most_bytes(environ: dict[str, Any]) -> int:
    """How large the body of this request may be, by who sends it and where to. Looks into the database: call
    it in a thread.
    """
    from qiangqu.registry.tokens import user_of_token

    request = WSGIRequest(environ)
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(
        request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    )
    try:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if (token and user_of_token(token)) or get_user(request).is_authenticated:
            return int(settings.QIANGQU_MAX_REQUEST_BYTES)
        return int(getattr(resolve(request.path_info).func, "anonymous_bytes", SMALL))
    except Resolver404:
        return SMALL
    finally:
        from django.db import close_old_connections

        close_old_connections()


class Front:
    """The application that granian calls (RSGI): ``application`` is WSGI and runs in ``threads`` threads."""

    def __init__(self, application: Callable[..., Iterable[bytes]], threads: int) -> None:
        self.application = application
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="page")
        self.limit = threads + WAITING
        self.inside = 0

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        def guard() -> None:  # granian opens the socket after this call, in a thread of its own
            if not give_up_on_silent_readers():
                loop.call_later(0.2, guard)

        loop.call_soon(guard)

    async def _in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        if self.inside >= self.limit:
            raise Refused(503)
        self.inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, work, *args)
        finally:
            self.inside -= 1

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        if scope.proto != "http":
            proto.close(403)
            return
        body = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed below
        try:
            length = await self._receive(scope, proto, body)
            body.seek(0)
            status, headers, answer = await self._in_thread(self._answer, environ_of(scope, body, length))  # type: ignore[arg-type]
        except Refused as refused:
            _refuse(proto, refused.status, scope.path)
            return
        except ConnectionError:
            return
        # what the application could not answer itself: granian would say 500 and write nothing
        except Exception:
            log.exception("%s %s failed", scope.method, scope.path[:200])
            _refuse(proto, 500, scope.path)
            return
        finally:
            body.close()
        if isinstance(answer, bytes):
            proto.response_bytes(status, headers, answer)
        else:
            await self._send(scope, proto, status, headers, *answer)

    async def _receive(self, scope: Any, proto: Any, body: Any) -> int:
        """Read the body into ``body``; its length. Raises Refused."""
        announced = scope.headers.get("content-length")
        chunked = "transfer-encoding" in scope.headers
        if not chunked and int(announced or 0) == 0:
            return 0
        limit = SMALL
        if chunked or int(announced) > SMALL:
            with tempfile.SpooledTemporaryFile() as nothing:
                limit = await self._in_thread(most_bytes, environ_of(scope, nothing, 0))  # type: ignore[arg-type]
        if not chunked and int(announced) > limit:
            if int(announced) <= LINGER and "expect" not in scope.headers:
                await self._discard(proto)
            raise Refused(413)
        loop = asyncio.get_running_loop()
        began, length, chunks = loop.time(), 0, aiter(proto)
        while True:
            left = began + PATIENCE + length / SLOWEST - loop.time()
            try:
                async with asyncio.timeout(min(left, PATIENCE)):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return length
            except TimeoutError:
                raise Refused(408) from None
            length += len(chunk)
            if length > limit:
                raise Refused(413)
            body.write(chunk)

    async def _discard(self, proto: Any) -> None:
        """Let a body that is too large run out, so that the browser comes to read why: it shows a broken
        connection otherwise.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                async for _chunk in proto:
                    pass
        except TimeoutError:
            pass

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes | Rest]:
        """Run the application: status, headers and the answer, whole or as its beginning and a file with the
        rest. In a thread.
        """
        head: list[Any] = []
        made = self.application(environ, lambda status, headers, exc_info=None: head.extend((status, headers)))
        status = int(head[0].split(" ", 1)[0])
        if isinstance(made, SentFile):
            first = made.file.read(WHOLE + 1)
            if len(first) > WHOLE:
                return status, head[1], (first, made)
            made.close()
            return status, head[1], first
        file = tempfile.SpooledTemporaryFile(WHOLE)  # noqa: SIM115 - closed by whoever sends it
        try:
            for chunk in made:
                file.write(chunk)
        except BaseException:
            file.close()
            raise
        finally:
            close = getattr(made, "close", None)
            if close:
                close()
        small = file.tell() <= WHOLE
        file.seek(0)
        if not small:
            return status, head[1], (b"", SentFile(file))
        with file:
            return status, head[1], file.read()

    async def _send(self, scope: Any, proto: Any, status: int, headers: Headers, first: bytes, rest: SentFile) -> None:
        """Send a long answer; a client that stops reading is let go."""
        run = asyncio.get_running_loop().run_in_executor
        try:
            if scope.method == "HEAD":
                proto.response_empty(status, headers)
                return
            transport = proto.response_stream(status, headers)
            chunk = first or await run(self.pool, rest.file.read, CHUNK)
            while chunk:
                async with asyncio.timeout(UNREAD):
                    await transport.send_bytes(chunk)
                chunk = await run(self.pool, rest.file.read, CHUNK)
        except (TimeoutError, RuntimeError):  # granian's errors of a closed connection are RuntimeErrors
            log.info("%s %s was not read to its end", scope.method, scope.path[:200])
        finally:
            await run(self.pool, rest.close)


def _refuse(proto: Any, status: int, path: str) -> None:
    """Say in a sentence why there is no answer: in JSON to programs, as text to browsers."""
    told = WORDS.get(status) or HTTPStatus(status).phrase
    kind = "text/plain; charset=utf-8"
    if path.startswith("/api/"):
        told, kind = json.dumps({"detail": told}, ensure_ascii=False), "application/json; charset=utf-8"
    headers = [("content-type", kind), ("connection", "close"), ("cache-control", "no-store")]
    if status == 503:
        headers.append(("retry-after", "5"))
    proto.response_bytes(status, headers, told.encode())


def connections_allowed() -> int:
    """How many connections a worker may hold open: CONNECTIONS, or as many as the system allows files (the
    soft limit is raised to the hard one).
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS + 512  # a body on disk takes a file beside its socket
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(64, min(CONNECTIONS, (max(soft, wanted) - 512) // 2))


def give_up_on_silent_readers() -> bool:
    """Let the kernel end connections whose peer takes nothing, or is gone, for UNREAD: set on this process's
    listening sockets, and accepted ones inherit it. What granian has handed to the kernel is out of reach in
    any other way. False while nothing listens."""
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        return True
    done = False
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found = socket.socket(fileno=os.dup(int(entry.name)))
        except OSError:  # no socket, or closed meanwhile
            continue
        with found:
            listening = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if listening and found.family in (socket.AF_INET, socket.AF_INET6):
                found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD * 1000)
                found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                done = True
    return done
