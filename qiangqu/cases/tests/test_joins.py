"""Parallel lines: each field has one value whichever line is asked, and a join waits for its own round
only.
"""

import itertools
import json
import random
from pathlib import Path

import pytest
from django.utils import timezone

from qiangqu.cases import check, engine, soundness
from qiangqu.cases.faults import Faults
from qiangqu.cases.process import read_process

from . import blocks
from .bpmn import document, flow

S, E = '<bpmn:startEvent id="s"/>', '<bpmn:endEvent id="e"/>'
STORED = Path(__file__).parent / "stored_states"


def built_of(text, *names):
    faults = Faults()
    found = read_process(text, "process.bpmn", faults)
    soundness.check(found, "process.bpmn", faults)
    assert [str(fault) for fault in faults.errors] == []
    return engine.Built(found, {}, frozenset(names))


def clock():
    return engine.Clock(timezone.now())


def again(built, workflow):
    """The workflow as the next request finds it."""
    return engine.load(built, json.loads(json.dumps(engine.dump(built, workflow))), clock())


def nodes(workflow):
    return sorted(step.node for step in engine.ready(workflow))


def do(built, workflow, node, **answers):
    step = next(step for step in engine.ready(workflow) if step.node == node)
    engine.complete(workflow, step.task_id, answers)
    return again(built, workflow)


def tasks(*names):
    return "".join(f'<bpmn:userTask id="{name}"/>' for name in names)


def review(kind: str, inner: str = "", condition: str = "") -> str:
    """Two reviews side by side, a decision, and back before the fork for another round."""
    default = ' default="f_fork_join"' if kind == "inclusive" else ""
    return document(
        S + E + f'<bpmn:exclusiveGateway id="merge"/><bpmn:{kind}Gateway id="fork"{default}/><bpmn:{kind}Gateway id="join"/>'
        '<bpmn:exclusiveGateway id="more" default="f_more_e"/>' + tasks("land", "safety", "decide") + inner
        + flow("s", "merge") + flow("merge", "fork") + flow("fork", "land", condition) + flow("fork", "safety", condition)
        + (flow("fork", "join") if kind == "inclusive" else "")
        + flow("land", "join") + flow("safety", "join") + flow("join", "decide") + flow("decide", "more")
        + flow("more", "merge", "again") + flow("more", "e")
    )  # fmt: skip


# ---------------------------------------------------------------- 06: rounds


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
@pytest.mark.parametrize("orders", list(itertools.product([("land", "safety"), ("safety", "land")], repeat=3)))
def test_a_join_waits_for_both_reviews_of_its_own_round(kind, orders):
    built = built_of(review(kind, condition="again is None or again" if kind == "inclusive" else ""), "again")
    workflow = engine.start(built, {}, clock())
    for number, (first, second) in enumerate(orders):
        assert nodes(workflow) == ["land", "safety"]
        workflow = do(built, workflow, first)
        assert nodes(workflow) == [second]
        workflow = do(built, workflow, second)
        assert nodes(workflow) == ["decide"]
        workflow = do(built, workflow, "decide", again=number < len(orders) - 1)
    assert engine.is_done(workflow)


def test_a_loop_walked_many_times_stays_as_light_as_the_first_round():
    built = built_of(review("parallel"), "again")
    workflow = engine.start(built, {}, clock())
    sizes = []
    for number in range(250):
        for node in ("land", "safety") if number % 2 else ("safety", "land"):
            workflow = do(built, workflow, node)
        workflow = do(built, workflow, "decide", again=True)
        sizes.append(len(workflow.tasks))
    assert nodes(workflow) == ["land", "safety"] and sizes[-1] <= sizes[1] + 2


def test_a_loop_without_a_join_ends_with_a_sentence_not_a_lost_token():
    text = document(S + E + '<bpmn:exclusiveGateway id="m"/><bpmn:exclusiveGateway id="x" default="f_x_e"/>' + tasks("a")
                    + flow("s", "m") + flow("m", "a") + flow("a", "x") + flow("x", "m", "again") + flow("x", "e"))  # fmt: skip
    built = built_of(text, "again")
    workflow = engine.start(built, {}, clock())
    with pytest.raises(engine.InputError, match="步数太多"):
        for _n in range(1000):
            engine.complete(workflow, engine.ready(workflow)[0].task_id, {"again": True})


@pytest.mark.parametrize("seed", range(150))
def test_nested_blocks_open_the_steps_that_the_drawing_says(seed):
    """Forks, joins, choices, loops and subprocesses in one another, finished in any order, stored and read
    again at each step.
    """
    choose, variables = random.Random(seed), []
    block = blocks.Row([blocks.Task(0), blocks.made(choose, choose.randint(2, 4), itertools.count(1), variables)])
    faults = Faults()
    found = read_process(blocks.process(block), "process.bpmn", faults)
    soundness.check(found, "process.bpmn", faults)
    if faults.errors:  # a loop that a line without a person walks through is refused
        assert "没有人办理的环" in faults.errors[0].message
        return
    built = engine.Built(found, {}, frozenset(variables))
    data = dict.fromkeys(variables, False)
    workflow, done = engine.start(built, data, clock()), block.begin(data)
    for number in range(60):
        assert nodes(workflow) == sorted(block.open())
        assert engine.is_done(workflow) == done
        if done:
            return
        workflow = again(built, workflow)
        step = choose.choice(engine.ready(workflow))
        data |= {name: choose.random() < (0.45 if number < 40 else 0.05) for name in variables}
        done = block.finish(step.node, data)
        engine.complete(workflow, step.task_id, data)


@pytest.mark.parametrize(
    ("fork", "join"), [("parallel", "parallel"), ("parallel", "inclusive"), ("inclusive", "inclusive")]
)
def test_two_lines_straight_from_fork_to_join(fork, join):
    default = ' default="k3"' if fork == "inclusive" else ""
    text = document(
        S + E + f'<bpmn:{fork}Gateway id="g"{default}/><bpmn:{join}Gateway id="j"/>' + tasks("a", "b") + flow("s", "g")
        + flow("g", "j", "one" if fork == "inclusive" else "", "k1") + flow("g", "j", "one" if fork == "inclusive" else "", "k2")
        + flow("g", "a", key="k3") + flow("a", "j") + flow("j", "b") + flow("b", "e")
    )  # fmt: skip
    built = built_of(text, "one")
    workflow = engine.start(built, {}, clock())
    assert nodes(workflow) == ["a"]
    workflow = do(built, workflow, "a")
    assert nodes(workflow) == ["b"]
    assert engine.is_done(do(built, workflow, "b"))


def test_an_inclusive_join_waits_for_a_line_that_comes_by_a_clock():
    clock_ = "<bpmn:timerEventDefinition><bpmn:timeDuration>P3D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    text = document(
        S + E + '<bpmn:inclusiveGateway id="g" default="k"/><bpmn:inclusiveGateway id="j"/>' + tasks("a", "b", "late", "c")
        + f'<bpmn:boundaryEvent id="over" attachedToRef="a">{clock_}</bpmn:boundaryEvent>'
        + flow("s", "g") + flow("g", "a", "True") + flow("g", "b", "True") + flow("g", "j", key="k") + flow("a", "j")
        + flow("b", "j") + flow("over", "late") + flow("late", "j") + flow("j", "c") + flow("c", "e")
    )  # fmt: skip
    built = built_of(text)
    now = timezone.now()
    workflow = engine.start(built, {}, engine.Clock(now))
    workflow = do(built, workflow, "b")
    assert nodes(workflow) == ["a"]
    workflow = engine.load(built, engine.dump(built, workflow), engine.Clock(now + engine.dt.timedelta(days=4)))
    engine.advance(workflow)
    assert nodes(workflow) == ["late"]
    assert nodes(do(built, workflow, "late")) == ["c"]


def test_sending_back_in_one_line_does_not_undo_the_other():
    text = document(
        S + E + '<bpmn:parallelGateway id="g"/><bpmn:parallelGateway id="j"/>' + tasks("a", "b", "c", "d") + flow("s", "g")
        + flow("g", "a") + flow("a", "b") + flow("g", "c") + flow("b", "j") + flow("c", "j") + flow("j", "d") + flow("d", "e")
    )  # fmt: skip
    built = built_of(text, "x")
    workflow = do(built, do(built, engine.start(built, {"x": 1}, clock()), "c", x=3), "a")
    step = engine.ready(workflow)[0]
    assert step.node == "b"
    target = engine.earlier_steps(workflow, step.task_id)[0]
    workflow, undone = engine.send_back(built, workflow, step.task_id, target.task_id, {"returned": "重填"})
    assert nodes(workflow) == ["a"] and engine.data_of(workflow)["x"] == 3 and target.task_id in undone
    assert engine.data_of(workflow)["returned"] == "重填"
    workflow = do(built, do(built, workflow, "a"), "b")
    assert nodes(workflow) == ["d"] and engine.data_of(workflow) == {"x": 3, "returned": ""}


# ---------------------------------------------------------------- 05: one value

CORRECT = document(
    S + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/><bpmn:exclusiveGateway id="size" default="f_size_small"/>'
    '<bpmn:endEvent id="e1"/><bpmn:endEvent id="e2"/>' + tasks("correct", "opinion", "big", "small") + flow("s", "fork")
    + flow("fork", "correct") + flow("fork", "opinion") + flow("correct", "join") + flow("opinion", "join") + flow("join", "size")
    + flow("size", "big", "amount &gt; 3000") + flow("size", "small") + flow("big", "e1") + flow("small", "e2")
)  # fmt: skip


@pytest.mark.parametrize("order", [("correct", "opinion"), ("opinion", "correct")])
def test_a_corrected_value_holds_in_every_line(order):
    built = built_of(CORRECT, "amount", "ok")
    workflow = engine.start(built, {"amount": 1000}, clock())
    for node in order:
        workflow = do(built, workflow, node, **({"amount": 5000} if node == "correct" else {"ok": True}))
    assert nodes(workflow) == ["big"] and engine.data_of(workflow)["amount"] == 5000


def test_the_cases_own_data_hold_against_an_older_state():
    """Another part (supervision) may write into the data of a case without moving the engine."""
    built = built_of(CORRECT, "amount", "ok")
    state = engine.dump(built, engine.start(built, {"amount": 1000}, clock()))
    workflow = engine.load(built, state, clock(), {"amount": 4000})
    for node in ("opinion", "correct"):
        step = next(step for step in engine.ready(workflow) if step.node == node)
        engine.complete(workflow, step.task_id, {})
    assert nodes(workflow) == ["big"]


@pytest.mark.parametrize("inner", [True, False])
def test_a_subprocess_beside_a_correction_uses_and_keeps_the_correction(inner):
    """The subprocess began with 1000; what was corrected meanwhile decides inside and behind it."""
    choice = '<bpmn:exclusiveGateway id="x" default="f_x_low"/>' + tasks("wait", "high", "low")
    body = '<bpmn:startEvent id="ss"/><bpmn:endEvent id="se"/>' + choice + flow("ss", "wait") + flow("wait", "x") + flow(
        "x", "high", "amount &gt; 3000") + flow("x", "low") + flow("high", "se") + flow("low", "se", key="f_low_se")  # fmt: skip
    text = document(
        S + E + f'<bpmn:subProcess id="sub">{body}</bpmn:subProcess><bpmn:parallelGateway id="g"/><bpmn:parallelGateway id="j"/>'
        + tasks("correct") + flow("s", "g") + flow("g", "sub") + flow("g", "correct") + flow("sub", "j") + flow("correct", "j")
        + flow("j", "e")
    )  # fmt: skip
    built = built_of(text, "amount")
    workflow = engine.start(built, {"amount": 1000}, clock())
    if inner:
        workflow = do(built, do(built, workflow, "correct", amount=5000), "wait")
        assert nodes(workflow) == ["high"]
        workflow = do(built, workflow, "high")
    else:
        workflow = do(built, do(built, workflow, "wait"), "correct", amount=5000)
        assert nodes(workflow) == ["low"]
        workflow = do(built, workflow, "low")
    assert engine.is_done(workflow) and engine.data_of(workflow)["amount"] == 5000


# ---------------------------------------------------------------- states that the releases before stored


def stored(name):
    return json.loads((STORED / f"{name}.json").read_text(encoding="utf-8"))


def test_a_state_of_an_older_release_with_three_lines_half_done_goes_on():
    """Two of three lines have come; the older engine had cancelled the first arrival when the second came."""
    text = document(
        S + E + '<bpmn:parallelGateway id="g"/><bpmn:parallelGateway id="j"/>' + tasks("a", "b", "c", "d") + flow("s", "g")
        + flow("g", "a") + flow("g", "b") + flow("g", "c") + flow("a", "j") + flow("b", "j") + flow("c", "j") + flow("j", "d")
        + flow("d", "e")
    )  # fmt: skip
    built = built_of(text, "x")
    workflow = engine.load(built, stored("three_lines"), clock(), {"x": 7})
    assert nodes(workflow) == ["c"] and engine.data_of(workflow)["x"] == 7
    workflow = do(built, workflow, "c")
    assert nodes(workflow) == ["d"]
    assert engine.is_done(do(built, workflow, "d"))


def test_a_decision_that_an_older_release_opened_too_early_closes_again():
    """Round 1 as land, safety; in round 2 safety came first and opened the decision while land was undone."""
    built = built_of(review("parallel"), "again")
    workflow = engine.load(built, stored("too_early"), clock())
    assert nodes(workflow) == ["land"]
    workflow = do(built, workflow, "land")
    assert nodes(workflow) == ["decide"]
    workflow = do(built, workflow, "decide", again=True)
    for node in ("safety", "land"):
        workflow = do(built, workflow, node)
    workflow = do(built, workflow, "decide", again=False)
    assert engine.is_done(workflow)


def test_the_late_line_of_an_older_release_ends_at_the_join_when_work_went_on_behind_it():
    text = review("parallel").replace('<bpmn:userTask id="decide"/>', tasks("decide", "sign")).replace(
        flow("decide", "more"), flow("decide", "sign") + flow("sign", "more"))  # fmt: skip
    built = built_of(text, "again")
    workflow = engine.load(built, stored("worked_on"), clock())
    assert nodes(workflow) == ["land", "sign"]
    workflow = do(built, workflow, "land")
    assert nodes(workflow) == ["sign"]
    assert engine.is_done(do(built, workflow, "sign", again=False))


# ---------------------------------------------------------------- whatever is uploaded


def files_of(process, *steps):
    rules = "".join(f"  {step}: {{by: {{role: [zone]}}}}\n" for step in steps)
    form = {"schema": {"type": "object", "properties": {"again": {"type": "boolean"}}}}
    return {
        "kind.yaml": f"code: k\nname: K\nprefix: K\nstart: {{form: f, roles: [zone]}}\nsteps:\n{rules}",
        "forms/f.json": json.dumps(form),
        "process.bpmn": process,
    }


def timer(text):
    return (
        '<bpmn:intermediateCatchEvent id="c"><bpmn:timerEventDefinition><bpmn:timeDate>' + text
        + "</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    )  # fmt: skip


SUB = '<bpmn:subProcess id="p"><bpmn:startEvent id="ss"/><bpmn:endEvent id="se"/>' + tasks("a") + flow("ss", "a") + flow("a", "se") + "</bpmn:subProcess>"  # fmt: skip


@pytest.mark.parametrize(
    ("process", "steps", "said"),
    [
        (review("parallel"), ("land", "safety", "decide"), ""),
        (document(S + E + tasks("End") + flow("s", "End") + flow("End", "e")), ("End",), "引擎自己用的"),
        (document(S + E + tasks("Start") + flow("s", "Start") + flow("Start", "e")), ("Start",), "引擎自己用的"),
        (document(S + E + tasks("p.EndJoin") + flow("s", "p.EndJoin") + flow("p.EndJoin", "e")), ("p.EndJoin",), "引擎自己用的"),
        (document(S + E + SUB + flow("s", "p") + flow("p", "e")), ("a",), ""),
        (document(S + E + tasks("a") + timer("P99999999999Y") + flow("s", "a") + flow("a", "c") + flow("c", "e")), ("a",), "时间写得不对"),
        (document(S + E + tasks("a") + timer("9999-12-31T23:59:59") + flow("s", "a") + flow("a", "c") + flow("c", "e")), ("a",), "年以前"),
        (document(S + E + tasks("a") + timer("0001-01-01") + flow("s", "a") + flow("a", "c") + flow("c", "e")), ("a",), "年以前"),
        (document(S + E + '<bpmn:eventBasedGateway id="g"/>' + timer("P1D") + tasks("a") + flow("s", "g") + flow("g", "c") + flow("c", "a") + flow("a", "e")), ("a",), "事件网关"),
        (document(S + E + SUB + '<bpmn:boundaryEvent id="b" attachedToRef="a"><bpmn:timerEventDefinition><bpmn:timeDate>P1D</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:boundaryEvent>' + flow("s", "p") + flow("p", "e") + flow("b", "e")), ("a",), "同一个流程"),
    ],
)  # fmt: skip
def test_a_check_ends_with_findings_and_never_with_a_traceback(process, steps, said):
    _definition, faults = check.check_files(files_of(process, *steps))
    shown = [str(fault) for fault in faults.errors]
    assert (said and any(said in one for one in shown)) or (not said and not shown), shown


def test_what_the_engine_raises_over_a_process_is_a_finding(monkeypatch):
    def fails(*_args):
        raise AttributeError("'NoneType' object has no attribute 'state'")

    monkeypatch.setattr(engine.ParallelJoin, "may_fire", fails)
    check._walked.cache_clear()
    _definition, faults = check.check_files(files_of(review("parallel"), "land", "safety", "decide"))
    assert len(faults.errors) == 1 and "AttributeError" in faults.errors[0].message
