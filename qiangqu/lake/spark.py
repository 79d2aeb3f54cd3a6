"""Apache Spark over the lake's Parquet files, for what is too much for one machine.

``QIANGQU_SPARK_MASTER`` names the cluster (``spark://host:7077``); without it Spark runs on this machine
(``local[*]``). Driver and workers must see the lake's folder under the same path. Needs the extra
``qiangqu[spark]`` and Java 17 or newer.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from qiangqu.base.errors import QiangquError

OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.driver.memory": "2g",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}


class SparkMissingError(QiangquError):
    """PySpark or Java is not installed, or the cluster does not answer."""


@contextmanager
def connect(master: str = "", **options: str) -> Iterator[Any]:
    """A session on the cluster whose master is at ``master`` (default: the setting above). ``options`` are
    Spark's, with ``__`` for a dot.

    Raises SparkMissingError with what to do.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SparkMissingError("没有安装 PySpark，请执行 pip install 'qiangqu[spark]'，并安装 Java 17") from error
    logging.getLogger("py4j").setLevel(logging.WARNING)
    master = master or os.environ.get("QIANGQU_SPARK_MASTER", "local[*]")
    builder = SparkSession.builder.master(master).appName("qiangqu")
    for name, value in {**OPTIONS, **{name.replace("__", "."): value for name, value in options.items()}}.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:  # py4j passes on whatever the JVM or the network said
        raise SparkMissingError(f"Spark 没有启动（{master}）：{str(error).splitlines()[0][:200]}") from error
    try:
        yield session
    finally:
        session.stop()
