"""Reading and compiling in a process of its own, with bounds on time and memory: what a file does to its
reader ends there.

``compile_apart`` is for files from outside: a few kilobytes of .docx or .pdf can unpack to gigabytes or hold
a page that takes hours. The child gets the bytes on its standard input and answers with one JSON object.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .compile import compile_source
from .readers import DocumentError, read_bytes

CPU_SECONDS = 180
WALL_SECONDS = 900
MEMORY = 1024 * 1024 * 1024  # bytes of address space
MAX_ANSWER = 256 * 1024 * 1024
BEAT_SECONDS = 5
SMALL_TEXT = 32 * 1024  # bytes of plain text that take well under a second
_TOO_LONG = "读取文件用时过长，已停止（可能是文件异常或过于复杂），请重新导出或拆分后再上传"
_TOO_LARGE = "文件展开后过大，已停止读取，请拆分后再上传"
_one_at_a_time = threading.Semaphore(1)


def is_quick(data: bytes, name: str) -> bool:
    """Whether the file is so small and plain that compiling it takes no time worth waiting apart for."""
    return Path(name).suffix.lower() in (".txt", ".md") and len(data) <= SMALL_TEXT


def compile_apart(
    data: bytes,
    name: str,
    beat: Callable[[], None] = lambda: None,
    *,
    cpu_seconds: int = CPU_SECONDS,
    wall_seconds: float = WALL_SECONDS,
    memory: int = MEMORY,
) -> tuple[str, dict[str, Any]]:
    """The text of a document and what it compiles to. ``beat`` is called every few seconds while one waits.

    One file at a time in a process; the others wait. Raises DocumentError when the file cannot be read, or
    not within the bounds.
    """
    if is_quick(data, name):
        source = read_bytes(data, name)
        return source.text, compile_source(source)
    while not _one_at_a_time.acquire(timeout=BEAT_SECONDS):
        beat()
    try:
        answer = _ask(data, name, beat, (cpu_seconds, wall_seconds, memory))
    finally:
        _one_at_a_time.release()
    if "error" in answer:
        raise DocumentError(answer["error"], where=name)
    return answer["text"], answer["compiled"]


def _ask(data: bytes, name: str, beat: Callable[[], None], bounds: tuple[int, float, int]) -> dict[str, Any]:
    cpu_seconds, wall_seconds, memory = bounds
    command = [sys.executable, "-m", "qiangqu.plan.compile.apart", name, str(cpu_seconds), str(memory)]
    package_root = str(Path(__file__).resolve().parents[3])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([package_root, *filter(None, [os.environ.get("PYTHONPATH")])])
    }
    child = subprocess.Popen(  # noqa: S603 - own interpreter, own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    end = time.monotonic() + wall_seconds
    given: bytes | None = data
    try:
        while True:
            try:
                out, _nothing = child.communicate(given, timeout=BEAT_SECONDS)
                break
            except subprocess.TimeoutExpired:
                given = None
                beat()
                if time.monotonic() > end:
                    raise DocumentError(_TOO_LONG, where=name) from None
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    if child.returncode == 0 and len(out) <= MAX_ANSWER:
        answer: dict[str, Any] = json.loads(out)
        return answer
    # ended by the kernel: by its processor time (SIGXCPU, SIGKILL after it), or for want of memory
    return {"error": _TOO_LONG if child.returncode in (-24, -9) else _TOO_LARGE}


def _bound(cpu_seconds: int, memory: int) -> None:
    """Let the kernel hold this process to its bounds (where it knows such)."""
    try:
        import resource
    except ImportError:  # no POSIX: the wall clock alone bounds
        return
    for what, limits in (
        (resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5)),
        (resource.RLIMIT_AS, (memory, memory)),
        (resource.RLIMIT_CORE, (0, 0)),
        (resource.RLIMIT_FSIZE, (0, 0)),
    ):
        try:
            resource.setrlimit(what, limits)
        # a smaller bound is set from outside, or the system has none of the kind
        except (ValueError, OSError):
            continue


def main(name: str, cpu_seconds: str, memory: str) -> None:
    _bound(int(cpu_seconds), int(memory))
    data = sys.stdin.buffer.read()
    answer: dict[str, Any]
    try:
        source = read_bytes(data, name)
        answer = {"text": source.text, "compiled": compile_source(source)}
    except DocumentError as error:
        answer = {"error": error.message}
    except MemoryError:
        answer = {"error": _TOO_LARGE}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
