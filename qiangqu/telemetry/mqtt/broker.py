"""An MQTT broker for a small site, in one command: mosquitto started with the accounts of the register, kept
running, and told when the register changes.

Why not a broker written in Python inside the program: it would answer devices before their values are on disk
(docs/decisions/0012).
"""

import getpass
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from qiangqu.base.errors import ConflictError, InputError

from .accounts import Written, registered, write_accounts

PASSWORD_FILE, CONNECTIONS = "gateway.password", "connections.yaml"
REREAD = 30.0  # seconds between two looks at the register
CRASHES, WITHIN = 5, 30.0  # so often within so many seconds: it cannot run


def find_mosquitto() -> str:
    """The program. Raises InputError that says how to get it."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise InputError("没有找到 mosquitto，请先安装，如 apt-get install mosquitto")
    return found


def prepare(folder: Path, host: str, port: int) -> Written:
    """Configuration, accounts, the gateway's password (made once) and the file by which the gateway
    connects.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / PASSWORD_FILE
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(24) + "\n", encoding="utf-8")
    # started by root it would become the user "mosquitto", who may not read the folder
    written = write_accounts(folder, kept.read_text().strip(), listener=f"{port} {host}", user=getpass.getuser())
    connections = folder / CONNECTIONS
    if not connections.exists():
        own = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - what the operator chose, not what we bind
        lines = [
            "mqtt:",
            f"  - broker: {own}",
            f"    port: {port}",
            "    username: qiangqu",
            f"    password_file: {PASSWORD_FILE}",
        ]
        connections.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return written


def keep_running(
    folder: Path,
    host: str,
    port: int,
    stop: threading.Event,
    say: Callable[[str], None],
    reread: float = REREAD,
) -> None:
    """Run the broker until ``stop``: started again when it dies, its accounts renewed when the register
    changes. Raises ConflictError when it cannot run (a port in use), with what it said."""
    program = find_mosquitto()
    known = registered()
    written = prepare(folder, host, port)
    for sentence in written.left_out:
        say(sentence)
    deaths: deque[float] = deque(maxlen=CRASHES)
    log = folder / "mosquitto.log"
    while not stop.is_set():
        with log.open("ab") as out:
            child = subprocess.Popen([program, "-c", str(folder / "mosquitto.conf")], stdout=out, stderr=out)  # noqa: S603
        say(f"MQTT 服务器已在 {host}:{port} 启动（进程 {child.pid}），{written.devices} 个设备有账号")
        try:
            looked = time.monotonic()
            while child.poll() is None and not stop.wait(0.2):
                if time.monotonic() - looked < reread:
                    continue
                looked, fresh = time.monotonic(), registered()
                if fresh != known:
                    known = fresh
                    written, before = prepare(folder, host, port), written
                    child.send_signal(signal.SIGHUP)
                    for sentence in written.left_out:
                        if sentence not in before.left_out:
                            say(sentence)
                    say(f"账号已更新：{written.devices} 个设备")
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait(20)
        if stop.is_set():
            return
        deaths.append(time.monotonic())
        if len(deaths) == CRASHES and deaths[-1] - deaths[0] < WITHIN:
            last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise ConflictError(f"mosquitto 启动不了：{''.join(last)[:300]}", where=str(log))
        say(f"mosquitto 意外退出（{child.returncode}），重新启动")
        stop.wait(1.0)
