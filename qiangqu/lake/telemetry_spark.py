"""The questions of ``telemetry_read`` answered by an Apache Spark cluster over the same files.

    with qiangqu.lake.spark.connect("spark://10.0.0.5:7077") as spark:
        table = run(by_group_query(start, end, groups), spark)

Every machine of the cluster must see the lake's folder under the same path (a shared file system). Needs the
extra ``qiangqu[spark]`` and Java 17 or newer. A question that takes longer than the grace of
``segments.vacuum`` may find merged files deleted: give ``tidy`` a longer one then.
"""

from typing import Any

import pyarrow as pa

from .telemetry_plan import Query, Scan

_TYPES = {"point": "INT", "time": "BIGINT", "flag": "SMALLINT", "count": "INT", "valid": "INT"}


def run(query: Query, session: Any) -> pa.Table:
    """The answer of the cluster to ``query``, with columns and order as from ``telemetry_plan.run``."""
    own = session.newSession()  # names of views are of this question only
    for name, scan in query.scans.items():
        _frame(own, scan).createOrReplaceTempView(name)
    for name, table in query.tables.items():
        _local(own, table).createOrReplaceTempView(name)
    return own.sql(query.sql).toArrow()


def _frame(session: Any, scan: Scan) -> Any:
    columns = ("point", "time", *scan.columns)
    schema = ", ".join(f"{name} {_TYPES.get(name, 'DOUBLE')}" for name in columns)
    if not scan.files:
        return session.createDataFrame([], f"{schema}, ord INT")
    places = pa.table({"file": [path.name for path in scan.files], "ord": list(range(len(scan.files)))})
    read = session.read.schema(schema).parquet(*(str(path) for path in scan.files))
    named = read.selectExpr(*columns, "_metadata.file_name AS file")
    return named.join(_local(session, places).hint("broadcast"), "file").drop("file")


def _local(session: Any, table: pa.Table) -> Any:
    """A table of ours; an empty one needs its types said."""
    if table.num_rows:
        return session.createDataFrame(table)
    types = {"int32": "INT", "int64": "BIGINT", "string": "STRING", "double": "DOUBLE"}
    return session.createDataFrame([], ", ".join(f"{field.name} {types[str(field.type)]}" for field in table.schema))
