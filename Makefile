.PHONY: demo test lint bench lock dist setup setup-dev

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
	.venv/bin/mypy qiangqu qiangqu_demo bench tools
	.venv/bin/lint-imports

bench: setup
	for each in bench/*.py; do echo "== $$each"; .venv/bin/python $$each || exit 1; done

# the exact versions that everybody installs, anew from pyproject.toml; run the suite before committing them
lock: setup-dev
	.venv/bin/uv pip compile --quiet --universal --upgrade --generate-hashes --no-header --no-annotate pyproject.toml tools/build.in -o requirements.lock
	.venv/bin/uv pip compile --quiet --python-version 3.11 --python-platform linux --upgrade --generate-hashes --no-header --no-annotate --extra dev -c requirements.lock pyproject.toml tools/build.in -o requirements-dev.lock

# a wheel (and the source archive that it is made of) that needs no checkout and no Node, with the exact versions beside it
dist: setup
	.venv/bin/python tools/build_dist.py

setup:
	$(PYTHON) tools/setup.py

setup-dev:
	$(PYTHON) tools/setup.py --dev
