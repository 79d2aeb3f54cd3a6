"""Says what a node's facts are after a crash: rows by batch as readers find them, as batches say, and faults."""

import json
from collections import Counter

import django

django.setup()

from qiangqu.facts.models import FactBatch  # noqa: E402
from qiangqu.facts.reading import Where, table  # noqa: E402
from qiangqu.lake.segments import check, vacuum  # noqa: E402

vacuum(0)
ids = table(Where())["id"].to_pylist()
found = Counter(fact >> 32 for fact in ids)
batches = {one.pk: (one.key, one.rows) for one in FactBatch.objects.all()}
print(
    json.dumps(
        {
            "found": {batches[pk][0]: count for pk, count in found.items()},
            "said": {key: rows for key, rows in batches.values() if rows},
            "twice": len(ids) - len(set(ids)),
            "faults": check(),
        }
    )
)
