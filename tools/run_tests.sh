#!/bin/sh
# The whole suite: on SQLite with everything; then the tests that ask the database most again on a real PostgreSQL; then those that wait for other
# processes once more beside processes that take all the processors. All three always run; any that fails fails the whole.
set -u
# one more than there are processors: many tests wait for processes of their own
processors=$(nproc 2>/dev/null || echo 2)
workers=$((processors + 1))
failed=""

"$PYTHON" -m pytest -n "$workers" --dist loadfile --no-loadscope-reorder --durations=15 "$@" || failed="$failed SQLite"

QIANGQU_TEST_DB=postgres "$PYTHON" -m pytest -n "$workers" --dist loadfile --no-loadscope-reorder -m "not browser and not spark" \
    --ignore=qiangqu/site/tests/test_crawl.py --ignore=qiangqu/site/tests/test_docs.py --ignore=qiangqu/site/tests/test_messages.py --ignore-glob="qiangqu/site/tests/test_demonstration_*" \
    --ignore=qiangqu/site/tests/test_opened.py --ignore=qiangqu/site/tests/test_front.py --ignore=qiangqu/site/tests/test_install.py \
    qiangqu/registry qiangqu/facts qiangqu/formulas qiangqu/plan/tests qiangqu/simulation qiangqu/site \
    qiangqu/messaging qiangqu/lake/tests/test_latest.py qiangqu/telemetry/tests/test_rights.py qiangqu/cases/tests/test_acts.py \
    qiangqu/cases/tests/test_listing.py qiangqu/cases/tests/test_letters.py qiangqu/cases/tests/test_one_value.py qiangqu/telemetry/alarms/tests/test_evaluate.py \
    qiangqu/telemetry/tests/test_gateway.py::test_every_answered_value_is_there_after_kill_9 qiangqu/domains/office/documents/tests/test_outgoing.py "$@" \
    || failed="$failed PostgreSQL"

# no test may depend on how fast the machine is: these would show it first
hogs=""
for _each in $(seq $((processors * 2))); do
    (while :; do :; done) &
    hogs="$hogs $!"
done
trap 'kill $hogs 2>/dev/null' EXIT INT TERM
"$PYTHON" -m pytest -n "$workers" --dist loadfile --no-loadscope-reorder qiangqu/telemetry/tests/test_gateway.py \
    qiangqu/cases/tests/test_crash.py \
    qiangqu/plan/compile/tests/test_fuzz.py qiangqu/plan/compile/tests/test_apart.py qiangqu/domains/office/meetings "$@" \
    || failed="$failed busy"

if [ -n "$failed" ]; then
    echo "failed:$failed" >&2
    exit 1
fi
