#!/bin/sh
# The whole suite: on SQLite with everything; then whatever asks the database again on a real PostgreSQL; then tests that wait for other processes
# once more beside processes that want all the processors. All three always run; any that fails fails the whole.
set -u
# some hundred processes start: none of them compiles the code anew
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX="$PWD/.pytest_cache/compiled"
# one more than there are processors: many tests wait for processes of their own
processors=$(nproc 2>/dev/null || echo 2)
workers=$((processors + 1))
failed=""

"$PYTHON" -m pytest -n "$workers" --dist loadfile --no-loadscope-reorder --durations=15 "$@" || failed="$failed SQLite"

QIANGQU_TEST_DB=postgres "$PYTHON" -m pytest -n "$workers" --dist loadfile --no-loadscope-reorder --durations=15 \
    -m "not browser and not spark and not demonstration" "$@" || failed="$failed PostgreSQL"

# no test may depend on how fast the machine is: these would show it first
hogs=""
for _each in $(seq "$processors"); do
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
