#!/usr/bin/env bash
# The suite at moments at which a day, a month, a year begins or ends (Asia/Shanghai) and on 29 February: a test
# that passes by day only says nothing by night. Needs Debian's faketime; every process started by a test is moved
# by the same time. Arguments go to pytest (files, -k, ...); MOMENT="2027-01-01 00:07" asks at one moment only.
set -u
PYTHON=${PYTHON:-.venv/bin/python}
failed=""
moments=("2027-01-01 00:07" "2026-12-31 23:52" "2028-02-29 05:30" "2027-03-08 12:00")
[ -z "${MOMENT:-}" ] || moments=("$MOMENT")
for moment in "${moments[@]}"; do
    ahead=$(($(TZ=Asia/Shanghai date -d "$moment" +%s) - $(date +%s)))
    echo "== $moment"
    FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f "+${ahead}s" "$PYTHON" -m pytest -q -p no:cacheprovider -m "not browser and not spark" "$@" \
        || failed="$failed; $moment"
done
[ -z "$failed" ] || { echo "failed at$failed" >&2; exit 1; }
