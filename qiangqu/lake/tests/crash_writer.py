"""Writes segments for ever, saying each one's number after its commit, and merges now and then; the test
kills it.
"""

import sys

import django

django.setup()

import pyarrow as pa  # noqa: E402
from django.conf import settings  # noqa: E402

from qiangqu.lake.segments import NewSegment, merge, store  # noqa: E402

settings.LAKE_DIR = sys.argv[1]
number = int(sys.argv[2])
while True:
    rows = pa.table({"number": pa.array([number] * 2000, pa.int64()), "at": pa.array(range(2000), pa.int32())})
    store("crash", [NewSegment(rows, group=str(number), keys=("number",))])
    print(number, flush=True)
    number += 1
    if number % 7 == 0:
        merge("crash", sort=("number", "at"), keys=("number",))
