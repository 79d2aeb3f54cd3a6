.PHONY: demo test lint bench setup setup-dev

PYTHON ?= python3
QIANGQU_HOME ?= $(CURDIR)/var/demo
PORT ?= 8000

demo: setup
	QIANGQU_HOME=$(QIANGQU_HOME) .venv/bin/qiangqu demo --port $(PORT)

test: setup-dev
	PYTHON=.venv/bin/python sh tools/run_tests.sh

lint: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy qiangqu
	.venv/bin/lint-imports

bench: setup
	for each in bench/*.py; do echo "== $$each"; .venv/bin/python $$each || exit 1; done

setup:
	$(PYTHON) tools/setup.py

setup-dev:
	$(PYTHON) tools/setup.py --dev
