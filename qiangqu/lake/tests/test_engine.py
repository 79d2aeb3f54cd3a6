"""The process's DuckDB instance: each forked process opens one of its own."""

import multiprocessing

import pytest

from qiangqu.lake.engine import connect

MINUTES = 300.0  # generous: a child that hangs never ends by itself


def _ask(answers: "multiprocessing.Queue[int]") -> None:
    with connect() as duck:
        answers.put(duck.execute("SELECT sum(range)::BIGINT FROM range(1000)").fetchone()[0])


@pytest.mark.parametrize("open_in_parent", ["used before", "used while forking"])
def test_a_forked_process_can_ask_after_its_parent_asked(open_in_parent: str) -> None:
    """`make demo` once asked DuckDB and then forked the web workers: every page that asked hung for ever."""
    fork = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[int] = fork.Queue()
    with connect() as duck:
        duck.execute("SELECT count(*) FROM range(1000000)").fetchone()
        child = fork.Process(target=_ask, args=(answers,), daemon=True)
        if open_in_parent == "used while forking":
            child.start()
    if open_in_parent == "used before":
        child.start()
    child.join(MINUTES)
    assert child.exitcode == 0, "the child did not come to an end"
    assert answers.get(timeout=MINUTES) == 499500
    with connect() as duck:
        assert duck.execute("SELECT 7").fetchone() == (7,), "the parent goes on with its own instance"


def test_a_child_forked_while_another_thread_opens_the_engine_is_not_locked_out() -> None:
    from qiangqu.lake import engine

    fork = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[int] = fork.Queue()
    with engine._making:  # as if another thread were inside while this one forks
        child = fork.Process(target=_ask, args=(answers,), daemon=True)
        child.start()
    child.join(MINUTES)
    assert child.exitcode == 0
    assert answers.get(timeout=MINUTES) == 499500
