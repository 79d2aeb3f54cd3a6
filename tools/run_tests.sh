#!/bin/sh
# The whole suite: on SQLite with everything; then whatever asks the database again on a real PostgreSQL, and beside it the tests that wait for
# other processes: whoever depends on how fast the machine is fails first where others want all the processors. All always run; any that fails
# fails the whole.
set -u
# some hundred processes start: none of them compiles the code anew
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX="$PWD/.pytest_cache/compiled"
mkdir -p .pytest_cache
# one more than there are processors: many tests wait for processes of their own
processors=$(nproc 2>/dev/null || echo 2)
workers=$((processors + 1))
failed=""
# run once, where it is hardest for them: beside the PostgreSQL half, whose workers take minutes longer
waiting="qiangqu/telemetry/tests/test_gateway.py qiangqu/cases/tests/test_crash.py qiangqu/plan/compile/tests/test_fuzz.py
qiangqu/plan/compile/tests/test_apart.py qiangqu/domains/office/meetings"

"$PYTHON" -m pytest -n "$workers" --dist loadfile --no-loadscope-reorder --durations=15 $(printf -- '--ignore=%s ' $waiting) "$@" || failed="$failed SQLite"

"$PYTHON" -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=5 $waiting "$@" >.pytest_cache/beside.txt 2>&1 &
beside=$!
trap 'kill $beside 2>/dev/null' EXIT INT TERM
QIANGQU_TEST_DB=postgres "$PYTHON" -m pytest -n "$workers" --dist loadfile --no-loadscope-reorder --durations=15 \
    -m "not browser and not spark and not demonstration" "$@" || failed="$failed PostgreSQL"
wait "$beside" || failed="$failed beside"
cat .pytest_cache/beside.txt

if [ -n "$failed" ]; then
    echo "failed:$failed" >&2
    exit 1
fi
