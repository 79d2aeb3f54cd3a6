"""Files that strangers draw: bombs, unsound graphs, what is refused and why, exports of other modellers."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.cases import check, engine, soundness
from qiangqu.cases.faults import Faults
from qiangqu.cases.process import read_process, to_bpmn
from qiangqu.cases.safexml import read_xml

from . import bpmn
from .bpmn import document, flow, straight


def faults_of(text, steps=(), play=True):
    faults = Faults()
    found = read_process(text, "process.bpmn", faults, steps)
    if found is not None and play and not faults.errors:
        soundness.check(found, "process.bpmn", faults)
    return found, [str(fault) for fault in faults.errors]


# ---------------------------------------------------------------- bombs

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 10))
    + "]><definitions>&lol9;</definitions>"
)
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions>&x;</definitions>'


@pytest.mark.parametrize(
    "text", [LAUGHS, EXTERNAL, LAUGHS.replace("DOCTYPE", "DocType"), LAUGHS.encode("utf-8").decode("utf-8-sig")]
)
def test_entities_are_refused_before_they_expand(text):
    with pytest.raises(InputError, match="DOCTYPE"):
        read_xml(text, "process.bpmn")


def test_a_hundred_thousand_nodes_are_refused():
    inner = "".join(f'<bpmn:userTask id="t{n}"/>' for n in range(100_000))
    with pytest.raises(InputError, match=r"超过 2 MB|元素超过"):
        read_process(document(inner), "process.bpmn", Faults())


def test_deep_nesting_is_refused():
    with pytest.raises(InputError, match="嵌套"):
        read_xml("<a>" * 60 + "</a>" * 60, "x")
    with pytest.raises(InputError):
        read_xml("<a>" * 100_000 + "</a>" * 100_000, "x")


def test_more_steps_than_anyone_can_read_are_refused():
    _found, faults = faults_of(straight(*(f"t{n}" for n in range(200))))
    assert any("步骤超过 150 个" in fault for fault in faults)


def test_the_longest_chain_that_is_allowed_runs():
    found, faults = faults_of(straight(*(f"t{n}" for n in range(148))))
    assert faults == []
    from django.utils import timezone

    workflow = engine.start(engine.Built(found, {}, frozenset()), {}, engine.Clock(timezone.now()))
    assert [step.node for step in engine.ready(workflow)] == ["t0"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        "<a",
        "<definitions/>",
        "<?xml version='1.0'?><html/>",
        "\x00",
        "<a>\x01</a>",
        "<Package xmlns='http://www.wfmc.org/2009/XPDL2.2'/>",
    ],
)
def test_what_is_no_bpmn_is_told(text):
    with pytest.raises(InputError) as error:
        read_process(text, "process.bpmn", Faults())
    assert "process.bpmn" in str(error.value)


@given(st.text(alphabet="<>/ab=\"' &;:?!-[]\n中", max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_answered_with_a_sentence(text):
    faults = Faults()
    try:
        read_process(text, "process.bpmn", faults)
    except InputError:
        return
    assert faults.errors


# ---------------------------------------------------------------- what is refused, and why

S, E = '<bpmn:startEvent id="s"/>', '<bpmn:endEvent id="e"/>'


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ('<bpmn:scriptTask id="a" name="算"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>', "脚本任务会执行任意代码"),
        ('<bpmn:serviceTask id="a" camunda:class="x.Y"/>', "服务任务"),
        ('<bpmn:sendTask id="a"/>', "发送任务"),
        ('<bpmn:receiveTask id="a"/>', "接收任务"),
        ('<bpmn:callActivity id="a" calledElement="x"/>', "调用活动"),
        ('<bpmn:transaction id="a"/>', "事务子流程"),
        ('<bpmn:adHocSubProcess id="a"/>', "即兴子流程"),
        ('<bpmn:complexGateway id="a"/>', "复杂网关"),
        ('<bpmn:subProcess id="a" triggeredByEvent="true"/>', "事件子流程"),
        ('<bpmn:userTask id="a"><bpmn:multiInstanceLoopCharacteristics/></bpmn:userTask>', "多实例"),
        ('<bpmn:userTask id="a"><bpmn:standardLoopCharacteristics/></bpmn:userTask>', "循环任务"),
        ('<bpmn:intermediateCatchEvent id="a"><bpmn:messageEventDefinition/></bpmn:intermediateCatchEvent>', "消息事件"),
        ('<bpmn:intermediateThrowEvent id="a"><bpmn:signalEventDefinition/></bpmn:intermediateThrowEvent>', "信号事件"),
        ('<bpmn:intermediateCatchEvent id="a"/>', "没有说等什么"),
        ('<bpmn:intermediateCatchEvent id="a"><bpmn:timerEventDefinition><bpmn:timeCycle>R3/P1D</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>', "循环定时"),
        ('<bpmn:intermediateCatchEvent id="a"><bpmn:timerEventDefinition><bpmn:timeDuration>__import__("os")</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>', "不允许"),
        ('<bpmn:intermediateCatchEvent id="a"><bpmn:timerEventDefinition/></bpmn:intermediateCatchEvent>', "没有写时间"),
        ('<bpmn:task id="a" name="做事"/>', "任务没有类型"),
        ('<bpmn:userTask id="a b"/>', "不合规矩"),
        ('<bpmn:userTask id="&quot;/&gt;&lt;script"/>', "不合规矩"),
    ],
)  # fmt: skip
def test_each_refused_element_has_its_reason(inner, reason):
    _found, faults = faults_of(document(S + E + inner + flow("s", "a") + flow("a", "e")))
    assert any(reason in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        (E, "应有一个开始事件"),
        (S + '<bpmn:startEvent id="s2"/>' + E + flow("s", "e") + flow("s2", "e"), "应有一个开始事件，这里有 2 个"),
        (S + '<bpmn:userTask id="a"/>' + flow("s", "a"), "没有结束事件"),
        (S + E + '<bpmn:userTask id="a" name="孤"/>' + flow("s", "e") + flow("a", "e"), "走不到这一步"),
        (S + E + '<bpmn:userTask id="a"/>' + flow("s", "a"), "断了"),
        (S + E + '<bpmn:userTask id="a"/><bpmn:userTask id="b"/>' + flow("s", "a") + flow("a", "b") + flow("b", "a"), "走不到结束事件"),
        (S + E + flow("s", "nowhere"), "没有接在任何步骤上"),
        (S + E + '<bpmn:userTask id="a"/>' + flow("s", "a") + flow("a", "e") + flow("a", "e", key="x2"), "引出了几条线"),
        (S + E + '<bpmn:userTask id="a"/>' + flow("s", "a") + flow("a", "e", "ok"), "条件只能写在"),
        (S + E + '<bpmn:exclusiveGateway id="g"/><bpmn:endEvent id="e2"/>' + flow("s", "g") + flow("g", "e", "ok") + flow("g", "e2", "no"), "默认流向"),
        (S + E + '<bpmn:exclusiveGateway id="g" default="f_g_e"/><bpmn:endEvent id="e2"/>' + flow("s", "g") + flow("g", "e") + flow("g", "e2", "x.__class__"), "不允许取属性"),
        (S + E + '<bpmn:exclusiveGateway id="g"/><bpmn:exclusiveGateway id="h" default="f_h_e"/>' + flow("s", "g") + flow("g", "h") + flow("h", "e") + flow("h", "g", "ok"), "没有人办理的环"),
        (S + E + '<bpmn:userTask id="a"/><bpmn:userTask id="a"/>' + flow("s", "a") + flow("a", "e"), "用了两次"),
        # an exclusive choice before a parallel join: one way never comes
        (S + E + '<bpmn:exclusiveGateway id="g" default="f_g_a"/><bpmn:userTask id="a"/><bpmn:userTask id="b"/><bpmn:parallelGateway id="j"/>'
         + flow("s", "g") + flow("g", "a") + flow("g", "b", "ok") + flow("a", "j") + flow("b", "j") + flow("j", "e"), "一直等下去"),
        # parallel lines that meet without a join
        (S + E + '<bpmn:parallelGateway id="g"/><bpmn:userTask id="a"/><bpmn:userTask id="b"/><bpmn:userTask id="c" name="汇"/>'
         + flow("s", "g") + flow("g", "a") + flow("g", "b") + flow("a", "c") + flow("b", "c") + flow("c", "e"), "重复办理"),
        (S + E + '<bpmn:boundaryEvent id="x" attachedToRef="zz"><bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>' + flow("s", "e") + flow("x", "e", key="fx"), "边界事件应贴在"),
    ],
)  # fmt: skip
def test_each_unsound_graph_has_its_reason(inner, reason):
    _found, faults = faults_of(document(inner))
    assert any(reason in fault for fault in faults), faults


def test_two_pools_with_steps_are_refused():
    text = straight("a").replace(
        "</bpmn:definitions>", '<bpmn:process id="q"><bpmn:userTask id="z"/></bpmn:process></bpmn:definitions>'
    )
    assert "泳池" in faults_of(text)[1][0]


def test_names_with_markup_stay_names():
    name = "&lt;script&gt;alert(1)&lt;/script&gt;"
    found, faults = faults_of(
        document(S + E + f'<bpmn:userTask id="a" name="{name}"/>' + flow("s", "a") + flow("a", "e"))
    )
    assert faults == [] and found.nodes["a"].name == "<script>alert(1)</script>"
    assert read_xml(to_bpmn(found), "again") is not None


# ---------------------------------------------------------------- other modellers


@pytest.mark.parametrize(
    ("text", "steps", "condition"),
    [
        (bpmn.CAMUNDA, (), "ok == True and n > 3"),
        (bpmn.FLOWABLE, (), "n > 3"),
        (bpmn.SIGNAVIO, ("sid-a",), ""),
        (bpmn.ZEEBE, (), 'n > 3 and kind == "a"'),
    ],
)
def test_exports_of_other_modellers_load_and_run(text, steps, condition):
    from django.utils import timezone

    found, faults = faults_of(text, steps)
    assert faults == []
    assert condition in {flow.condition for flow in found.flows}
    built = engine.Built(found, {}, frozenset({"ok", "n", "kind"}))
    workflow = engine.start(built, {}, engine.Clock(timezone.now()))
    while not engine.is_done(workflow):
        engine.complete(workflow, engine.ready(workflow)[0].task_id, {"ok": True, "n": 5, "kind": "a"})


def test_signavios_untyped_task_says_what_to_do():
    assert "kind.yaml" in faults_of(bpmn.SIGNAVIO)[1][0]


def test_subprocesses_and_boundary_timers_are_sound():
    inner = (
        S + '<bpmn:subProcess id="sub" name="子"><bpmn:startEvent id="ss"/><bpmn:userTask id="a"/><bpmn:endEvent id="se"/>'
        + flow("ss", "a") + flow("a", "se")
        + '</bpmn:subProcess><bpmn:boundaryEvent id="late" attachedToRef="sub" cancelActivity="false"><bpmn:timerEventDefinition>'
        "<bpmn:timeDuration>P3D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
        '<bpmn:userTask id="tell"/><bpmn:endEvent id="e2"/>' + E
        + flow("s", "sub") + flow("sub", "e") + flow("late", "tell") + flow("tell", "e2")
    )  # fmt: skip
    found, faults = faults_of(document(inner))
    assert faults == []
    import datetime as dt

    from django.utils import timezone

    now = timezone.now()
    built = engine.Built(found, {}, frozenset())
    workflow = engine.start(built, {}, engine.Clock(now))
    assert [step.node for step in engine.ready(workflow)] == ["a"]
    workflow = engine.load(built, engine.dump(built, workflow), engine.Clock(now + dt.timedelta(days=4)))
    engine.advance(workflow)
    assert sorted(step.node for step in engine.ready(workflow)) == ["a", "tell"]
    for step in engine.ready(workflow):
        workflow = engine.load(built, engine.dump(built, workflow), engine.Clock(now + dt.timedelta(days=4)))
        engine.complete(workflow, step.task_id, {})
    assert engine.is_done(workflow)


def test_terminate_ends_every_line():
    inner = (
        S + '<bpmn:parallelGateway id="g"/><bpmn:userTask id="a"/><bpmn:userTask id="b"/>'
        '<bpmn:endEvent id="t"><bpmn:terminateEventDefinition/></bpmn:endEvent><bpmn:endEvent id="e"/>'
        + flow("s", "g") + flow("g", "a") + flow("g", "b") + flow("a", "t") + flow("b", "e")
    )  # fmt: skip
    found, faults = faults_of(document(inner))
    assert faults == []
    from django.utils import timezone

    built = engine.Built(found, {}, frozenset())
    workflow = engine.start(built, {}, engine.Clock(timezone.now()))
    step = next(step for step in engine.ready(workflow) if step.node == "a")
    engine.complete(workflow, step.task_id, {})
    assert engine.is_done(workflow) and engine.ready(workflow) == []


@pytest.mark.parametrize("answer", ["first", "last"])
def test_a_step_behind_many_decisions_is_met_by_the_dry_run(answer: str) -> None:
    """Ten decisions of three answers each, of which one leads on: chance would meet the last in one walk of 59,049."""
    steps = [f"d{n}" for n in range(10)]
    nodes = S + "".join(
        f'<bpmn:userTask id="{k}" name="{k}"/><bpmn:exclusiveGateway id="g_{k}" default="no_{k}"/>' for k in steps
    )
    flows = flow("s", steps[0])
    for at, key in enumerate(steps):
        following = steps[at + 1] if at + 1 < len(steps) else "e"
        flows += flow(key, f"g_{key}") + flow(f"g_{key}", following, f'{key} == "{answer}"')
        flows += flow(f"g_{key}", "stop", key=f"no_{key}")
    form = {"schema": {"type": "object", "properties": {}}}
    files = {
        "process.bpmn": document(nodes + '<bpmn:endEvent id="stop"/>' + E + flows),
        "forms/start.json": json.dumps(form | {"schema": {"type": "object", "properties": {"title": {"type": "string", "title": "标题"}}}}),
        "kind.yaml": yaml.safe_dump({
            "code": "long", "name": "长", "prefix": "LL", "summary": "试", "title_field": "title",
            "start": {"form": "start", "roles": ["zone"]},
            "steps": {key: {"by": {"role": ["zone"]}, "form": key} for key in steps},
        }, allow_unicode=True),
    }  # fmt: skip
    for key in steps:
        field = {"type": "string", "title": key, "enum": ["first", "middle", "last"]}
        files[f"forms/{key}.json"] = json.dumps(
            {"schema": {"type": "object", "required": [key], "properties": {key: field}}}
        )
    _definition, faults = check.check_files(files)
    assert [str(fault) for fault in faults] == []
