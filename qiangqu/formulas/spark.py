"""The query of the atoms on Apache Spark, over the same Parquet files: for facts beyond one machine.

DuckDB's SQL is translated by sqlglot, and the steps of the query (its common table expressions) are computed
one after another, since Spark would compute a step anew wherever it is named. See :mod:`qiangqu.lake.spark`
for the cluster.
"""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import sqlglot
from django.conf import settings
from sqlglot import exp

from . import engine
from .engine import Run


def run(work: Run, session: Any) -> pa.Table:
    """What :func:`qiangqu.formulas.engine.run` gives, the atoms computed by a Spark ``session``. The cube (sums kept
    for DuckDB) is not used.
    """
    return engine.run(replace(work, cube=None), lambda tables, query: _cells(session, tables, query))


def _cells(session: Any, tables: Mapping[str, pa.Table], query: engine.Query) -> pa.Table:
    files: dict[str, list[str]] = {}
    steps, last = translate(query.text(ahead=True), files)
    spark = session.newSession()  # names of views are of this question only
    spark.conf.set("spark.sql.ansi.enabled", "false")  # a division by zero is a missing value, as in DuckDB
    # a step's rows are put on disk, where every worker sees them: Spark's plan then begins there instead of
    # growing step by step
    folder = Path(settings.LAKE_DIR) / f"spark-{uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        for name, table in tables.items():
            spark.createDataFrame(table).createOrReplaceTempView(name)
        for name, paths in files.items():
            spark.read.parquet(*paths).createOrReplaceTempView(name)
        for name, sql in steps:
            path = str(folder / name)
            spark.sql(sql).write.parquet(path)
            spark.read.parquet(path).createOrReplaceTempView(name)
        return spark.sql(last).toArrow()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def translate(query: str, files: dict[str, list[str]]) -> tuple[list[tuple[str, str]], str]:
    """DuckDB's query as Spark's steps ``(name, SQL)`` in order and the last SELECT; the Parquet files read
    are put into ``files`` by view name.
    """
    tree = sqlglot.parse_one(query, read="duckdb")
    names: dict[tuple[str, ...], str] = {}
    tree = tree.transform(_one, files, names)
    with_ = tree.args.get("with_") or tree.args.get("with")
    steps = [(cte.alias, cte.this.sql(dialect="spark")) for cte in with_.expressions] if with_ else []
    if with_:
        with_.pop()
    return steps, tree.sql(dialect="spark")


def _one(node: exp.Expression, files: dict[str, list[str]], names: dict[tuple[str, ...], str]) -> exp.Expression:
    if isinstance(node, exp.Table) and isinstance(node.this, exp.ReadParquet):
        read = tuple(literal.this for literal in node.this.find_all(exp.Literal))
        name = names.setdefault(read, f"lake_{len(names)}")
        files[name] = list(read)
        return exp.table_(name, alias=node.alias or None)
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "hash":
        return exp.Anonymous(this="xxhash64", expressions=node.expressions)  # only compared with itself
    return node
