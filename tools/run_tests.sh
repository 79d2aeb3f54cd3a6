#!/bin/sh
# The whole suite: on SQLite with everything, then the tests that ask the database most again on a real PostgreSQL.
set -eu
# one more than there are processors: many tests wait for processes of their own
workers=$(($(nproc 2>/dev/null || echo 2) + 1))
"$PYTHON" -m pytest -n "$workers" --dist loadfile --no-loadscope-reorder "$@"
QIANGQU_TEST_DB=postgres "$PYTHON" -m pytest -n "$workers" --dist loadfile --no-loadscope-reorder -m "not browser and not spark" \
    --ignore=qiangqu/site/tests/test_crawl.py --ignore=qiangqu/site/tests/test_docs.py --ignore=qiangqu/site/tests/test_messages.py \
    qiangqu/registry qiangqu/facts qiangqu/formulas qiangqu/plan/tests qiangqu/simulation qiangqu/site \
    qiangqu/messaging qiangqu/cases/tests/test_acts.py qiangqu/cases/tests/test_listing.py qiangqu/telemetry/alarms/tests/test_evaluate.py \
    qiangqu/telemetry/tests/test_gateway.py::test_every_answered_value_is_there_after_kill_9 qiangqu/domains/office/documents/tests/test_outgoing.py "$@"
