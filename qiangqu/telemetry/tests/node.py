"""A node of its own for tests: its home, its database, its gateway in a process that can be killed."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

from qiangqu.base.tests.homes import migrated
from qiangqu.base.tests.programs import ROOT, Program, environment_of

WORKER = Path(__file__).with_name("worker.py")
LIMITS = {"gather": 0.02, "flush": 0.3}


class Node:
    """A node's home and the gateway on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: Program | None = None
        self._helper: Program | None = None
        self.port = 0

    def run(self, verb: str, **arguments: Any) -> Any:
        """What the worker's ``verb`` gives. One process does them all."""
        if self._helper is None:
            self._helper = Program(WORKER, "answer", "{}", home=self.home)
        self._helper.stdin.write(json.dumps([verb, arguments]) + "\n")
        self._helper.stdin.flush()
        line = self._helper.stdout.readline()
        assert line, self._helper.finish(10)
        return json.loads(line)

    def close(self) -> None:
        """End what still runs."""
        for process in (self.process, self._helper):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait(10)

    @classmethod
    def copy(cls, template: Path, home: Path) -> "Node":
        """A node like the one whose home is ``template``, with a database of its own."""
        node = cls(Path(shutil.copytree(template, home)))
        if node._url.exists():
            node._create_database(urlsplit(node._url.read_text()).path.removeprefix("/"))
        return node

    def remove(self) -> None:
        """As :meth:`close`, and drop its database on a server; the home is the test's to remove."""
        self.close()
        if self._url.exists():
            name = urlsplit(self._url.read_text()).path.removeprefix("/")
            with psycopg.connect(os.environ["QIANGQU_DATABASE_URL"], autocommit=True) as connection:
                connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    @property
    def _url(self) -> Path:
        """Where the address of its database stands when that is not a file of SQLite."""
        return self.home / "database_url"

    def _create_database(self, template: str) -> None:
        name, server = f"node_{uuid.uuid4().hex}", os.environ["QIANGQU_DATABASE_URL"]
        with psycopg.connect(server, autocommit=True) as connection:
            made = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template))
            connection.execute(made)
        self._url.write_text(urlsplit(server)._replace(path=f"/{name}").geturl())

    def serve(self, overtime: float = 10.0, sources: str = "", protocol: str = "hj212", **limits: float) -> None:
        """Start the gateway; ``sources``: the file of its other sources."""
        arguments: dict[str, Any] = {"limits": {**LIMITS, **limits}, "overtime": overtime}
        arguments |= {"sources": sources, "protocol": protocol}
        self.process = Program(WORKER, "serve", json.dumps(arguments), home=self.home)
        self.port = int(self.process.stdout.readline())

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(30) == 0

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def migrate(self) -> None:
        """Make the database: on the server when the tests run on one."""
        if os.environ.get("QIANGQU_TEST_DB") != "postgres":
            migrated(self.home)
            return
        self._create_database("template1")
        command = [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0"]
        subprocess.run(command, env=environment_of(self.home), cwd=self.home, check=True)
