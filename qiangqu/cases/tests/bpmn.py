"""Little processes for tests, as other modellers write them. All texts are our own."""

import itertools

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="http://bpmn.io/schema/bpmn" exporter="bpmn-js">'
)


def document(inner: str, head: str = HEAD, prefix: str = "bpmn:") -> str:
    return f'{head}<{prefix}process id="p" isExecutable="true">{inner}</{prefix}process></{prefix}definitions>'


def flow(source: str, target: str, condition: str = "", key: str = "") -> str:
    key = key or f"f_{source}_{target}"
    inner = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    return f'<bpmn:sequenceFlow id="{key}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def straight(*steps: str) -> str:
    """start → user tasks → end."""
    nodes = (
        '<bpmn:startEvent id="s"/>'
        + "".join(f'<bpmn:userTask id="{k}" name="{k}"/>' for k in steps)
        + '<bpmn:endEvent id="e"/>'
    )
    names = ["s", *steps, "e"]
    return document(nodes + "".join(flow(a, b) for a, b in itertools.pairwise(names)))


CAMUNDA = document(
    '<bpmn:startEvent id="StartEvent_1"><bpmn:outgoing>F1</bpmn:outgoing></bpmn:startEvent>'
    '<bpmn:userTask id="Activity_1" name="审核" camunda:assignee="demo" camunda:formKey="embedded:x">'
    "<bpmn:extensionElements><camunda:taskListener event=\"create\" class=\"x.Y\"/></bpmn:extensionElements>"
    "<bpmn:incoming>F1</bpmn:incoming><bpmn:outgoing>F2</bpmn:outgoing></bpmn:userTask>"
    '<bpmn:exclusiveGateway id="G" default="F4"/><bpmn:endEvent id="E1"/><bpmn:endEvent id="E2"/>'
    + flow("StartEvent_1", "Activity_1", key="F1") + flow("Activity_1", "G", key="F2")
    + '<bpmn:sequenceFlow id="F3" sourceRef="G" targetRef="E1"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">'
    "${ok == true &amp;&amp; n &gt; 3}</bpmn:conditionExpression></bpmn:sequenceFlow>" + flow("G", "E2", key="F4")
)  # fmt: skip

FLOWABLE = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:flowable="http://flowable.org/bpmn" '
    'targetNamespace="http://www.flowable.org/processdef" exporter="Flowable Open Source Modeler">'
    '<process id="p" isExecutable="true"><documentation>试验</documentation>'
    '<startEvent id="s" flowable:formFieldValidation="true"/><userTask id="a" name="填报" flowable:candidateGroups="zone"/>'
    '<exclusiveGateway id="g"/><userTask id="b" name="复核" flowable:assignee="${initiator}"/><endEvent id="e"/>'
    '<sequenceFlow id="f1" sourceRef="s" targetRef="a"/><sequenceFlow id="f2" sourceRef="a" targetRef="g"/>'
    '<sequenceFlow id="f3" sourceRef="g" targetRef="b"><conditionExpression xsi:type="tFormalExpression"><![CDATA[${n > 3}]]>'
    '</conditionExpression></sequenceFlow><sequenceFlow id="f4" sourceRef="g" targetRef="e"/>'
    '<sequenceFlow id="f5" sourceRef="b" targetRef="e"/></process></definitions>'
)

SIGNAVIO = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:signavio="http://www.signavio.com" exporter="Signavio Process Editor, http://www.signavio.com" id="sid-d" '
    'targetNamespace="http://www.signavio.com"><collaboration id="sid-c"><participant id="sid-pt" name="园区" processRef="sid-p"/>'
    '</collaboration><process id="sid-p" processType="None" isExecutable="false"><extensionElements/>'
    '<laneSet id="sid-l"><lane id="sid-l1" name="窗口"><flowNodeRef>sid-s</flowNodeRef></lane></laneSet>'
    '<startEvent id="sid-s"><outgoing>sid-f1</outgoing></startEvent>'
    '<task id="sid-a" name="受理" completionQuantity="1" startQuantity="1"><extensionElements>'
    '<signavio:signavioMetaData metaKey="bgcolor" metaValue="#ffffcc"/></extensionElements></task><endEvent id="sid-e"/>'
    '<sequenceFlow id="sid-f1" sourceRef="sid-s" targetRef="sid-a"/><sequenceFlow id="sid-f2" sourceRef="sid-a" targetRef="sid-e"/>'
    "</process></definitions>"
)

ZEEBE = document(
    '<bpmn:startEvent id="s"/><bpmn:userTask id="a" name="填报"><bpmn:extensionElements>'
    '<zeebe:formDefinition formKey="k"/><zeebe:assignmentDefinition candidateGroups="zone"/></bpmn:extensionElements></bpmn:userTask>'
    '<bpmn:exclusiveGateway id="g" default="f4"/><bpmn:endEvent id="e"/><bpmn:endEvent id="e2"/>'
    + flow("s", "a") + flow("a", "g") + flow("g", "e", '= n &gt; 3 and kind = "a"', "f3") + flow("g", "e2", key="f4")
)  # fmt: skip
