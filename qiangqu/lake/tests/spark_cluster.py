"""A Spark standalone cluster (one master, one worker) on loopback, from the pip package: one for all tests of a
process.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from qiangqu.lake.spark import connect

#: a Java that lives for a minute is quickest when it compiles quickly
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
OPTIONS = {
    "spark__driver__bindAddress": "127.0.0.1",
    "spark__driver__host": "127.0.0.1",
    "spark__driver__memory": "1g",
    "spark__driver__extraJavaOptions": JAVA,
    "spark__executor__memory": "512m",
    "spark__executor__extraJavaOptions": JAVA,
    "spark__default__parallelism": "2",
    "spark__sql__shuffle__partitions": "2",
    "spark__sql__codegen__wholeStage": "false",  # compiling takes longer than these small answers
    "spark__sql__files__openCostInBytes": "262144",
    "spark__ui__enabled": "false",
}


def missing() -> str:
    """Why there can be no cluster here; empty when there can."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "pyspark is not installed (pip install 'qiangqu[spark]')"
    return "" if shutil.which("java") else "Java is not installed (apt-get install openjdk-17-jre-headless)"


def _environment(folder: Path) -> dict[str, str]:
    import pyspark

    return {
        **os.environ,
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_DAEMON_JAVA_OPTS": JAVA,
        "PYSPARK_PYTHON": sys.executable,
    }


def _start(folder: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = _environment(folder)
    program = Path(environment["SPARK_HOME"]) / "bin" / "spark-class"
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen([program, *arguments], env=environment, stdout=log, stderr=log, cwd=folder)


def _wait(log: Path, pattern: str, seconds: float = 60) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = re.search(pattern, log.read_text())
        if found:
            return found.group(0)
        time.sleep(0.1)
    raise TimeoutError(log.read_text()[-2000:])


@contextmanager
def cluster(folder: Path, cores: int = 2, memory: str = "1g") -> Iterator[str]:
    """The address of the master."""
    folder.mkdir(parents=True, exist_ok=True)
    base = "org.apache.spark.deploy"
    web = ("--webui-port", "0")
    processes = [_start(folder, "master", f"{base}.master.Master", "--host", "127.0.0.1", "--port", "0", *web)]
    try:
        master = _wait(folder / "master.log", r"spark://127\.0\.0\.1:[1-9]\d*")
        options = ("--host", "127.0.0.1", "--cores", str(cores), "--memory", memory, *web)
        processes.append(_start(folder, "worker", f"{base}.worker.Worker", *options, master))
        _wait(folder / "worker.log", r"Successfully registered with master")
        yield master
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(timeout=30)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session on a cluster of its own, in every test that asks for it the same."""
    with cluster(tmp_path_factory.mktemp("spark")) as master, connect(master, **OPTIONS) as session:
        assert session.sparkContext.master == master
        yield session
