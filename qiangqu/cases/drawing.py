"""The picture of a process: places from the modeller's own diagram (BPMN DI) where the file has one, else
laid out by ourselves in layers.
"""

import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import quoteattr

from qiangqu.base.terms import CHINESE, said

from .models import KindVersion
from .process import Flow, Node, Process
from .safexml import local, read_xml

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
GAP_X, GAP_Y, PAD = 60.0, 46.0, 24.0
LINE = 7  # characters in a line of a step's name
Box = tuple[float, float, float, float]  # x, y, width, height
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are: boxes by node id, ways by flow id."""

    boxes: Mapping[str, Box]
    ways: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)


def size_of(node: Node) -> tuple[float, float]:
    """Width and height as modellers draw them."""
    if node.kind.endswith("Event"):
        return 36.0, 36.0
    return (50.0, 50.0) if node.kind.endswith("Gateway") else (108.0, 64.0)


def layout_of(process: Process, text: str) -> Layout:
    """The file's own diagram when it shows every element, else our own."""
    found = _read(text)
    if set(process.nodes) <= set(found.boxes) and {flow.id for flow in process.flows} <= set(found.ways):
        return found
    return arrange(process)


def _read(text: str) -> Layout:
    boxes: dict[str, Box] = {}
    ways: dict[str, tuple[Point, ...]] = {}
    for element in read_xml(text, "process.bpmn").iter():
        if not isinstance(element.tag, str):
            continue
        key = str(element.get("bpmnElement", ""))
        if local(element) == "BPMNShape":
            for child in element:
                numbers = [_number(child.get(name)) for name in ("x", "y", "width", "height")]
                if local(child) == "Bounds" and None not in numbers:
                    boxes[key] = tuple(numbers)  # type: ignore[assignment]
        elif local(element) == "BPMNEdge":
            points = [(_number(c.get("x")), _number(c.get("y"))) for c in element if local(c) == "waypoint"]
            if len(points) > 1 and all(x is not None and y is not None for x, y in points):
                ways[key] = tuple(points)  # type: ignore[arg-type]
    return Layout(boxes, ways)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) < 1e6 else None


# ---------------------------------------------------------------- our own layout


def arrange(process: Process) -> Layout:
    """Places in layers from left to right; ways that lead back run below."""
    boxes: dict[str, Box] = {}
    _arrange(process, "", PAD, PAD, boxes)
    bottom = max((y + h for _x, y, _w, h in boxes.values()), default=0.0) + PAD
    ways: dict[str, tuple[Point, ...]] = {}
    for flow in process.flows:
        ways[flow.id], bottom = _way(process, flow, boxes, bottom)
    return Layout(boxes, ways)


def _arrange(process: Process, scope: str, left: float, top: float, boxes: dict[str, Box]) -> tuple[float, float]:
    """Places the nodes of a scope with the upper left corner at (``left``, ``top``); gives back right and
    bottom.
    """
    nodes = [node for node in process.within(scope) if not node.attached_to]
    ranks = _ranks(process, nodes)
    columns: dict[int, list[Node]] = {}
    for node in nodes:
        columns.setdefault(ranks[node.id], []).append(node)
    heights: dict[str, tuple[float, float]] = {}
    for node in nodes:
        heights[node.id] = size_of(node)
        if node.kind == "subProcess":
            inner: dict[str, Box] = {}
            right, bottom = _arrange(process, node.id, PAD, PAD, inner)
            heights[node.id] = (right + PAD, bottom + PAD)
    tallest = max((sum(heights[n.id][1] + GAP_Y for n in column) for column in columns.values()), default=0.0)
    x = left
    for rank in sorted(columns):
        column = sorted(columns[rank], key=lambda n: _pull(process, n, boxes))
        wide = max(heights[n.id][0] for n in column)
        y = top + (tallest - sum(heights[n.id][1] + GAP_Y for n in column)) / 2
        for node in column:
            w, h = heights[node.id]
            boxes[node.id] = (x + (wide - w) / 2, y + GAP_Y / 2, w, h)
            if node.kind == "subProcess":
                _arrange(process, node.id, x + (wide - w) / 2 + PAD, y + GAP_Y / 2 + PAD, boxes)
            for n, event in enumerate(process.boundary_events(node.id)):
                boxes[event.id] = (boxes[node.id][0] + w - 30 - n * 42, y + GAP_Y / 2 + h - 18, 36.0, 36.0)
            y += h + GAP_Y
        x += wide + GAP_X
    return x - GAP_X, top + tallest


def _next(process: Process, node: Node) -> list[str]:
    ids = [node.id, *(event.id for event in process.boundary_events(node.id))]
    return [flow.target for key in ids for flow in process.outgoing[key]]


def _ranks(process: Process, nodes: list[Node]) -> dict[str, int]:
    """Longest way from the start, ways that lead back left out."""
    known = {node.id: node for node in nodes}
    order: list[str] = []
    state: dict[str, int] = {}
    back: set[tuple[str, str]] = set()
    begin = [n for n in nodes if n.kind == "startEvent"] + nodes
    for first in begin:
        if first.id in state:
            continue
        stack = [(first.id, iter(_next(process, first)))]
        state[first.id] = 1
        while stack:
            key, rest = stack[-1]
            for target in rest:
                if target not in known:
                    continue
                if state.get(target) == 1:
                    back.add((key, target))
                elif target not in state:
                    state[target] = 1
                    stack.append((target, iter(_next(process, known[target]))))
                    break
            else:
                state[key] = 2
                order.append(key)
                stack.pop()
    ranks = dict.fromkeys(known, 0)
    for key in reversed(order):
        for target in _next(process, known[key]):
            if target in known and (key, target) not in back:
                ranks[target] = max(ranks[target], ranks[key] + 1)
    return ranks


def _pull(process: Process, node: Node, boxes: Mapping[str, Box]) -> float:
    before = [boxes[f.source][1] for f in process.incoming[node.id] if f.source in boxes]
    return sum(before) / len(before) if before else 0.0


def _way(process: Process, flow: Flow, boxes: Mapping[str, Box], bottom: float) -> tuple[tuple[Point, ...], float]:
    x1, y1, w1, h1 = boxes[flow.source]
    x2, y2, w2, h2 = boxes[flow.target]
    start_y, end_y = y1 + h1 / 2, y2 + h2 / 2
    if process.nodes[flow.source].attached_to:
        # from a clock at the rim: down, then across
        below = y1 + h1 + 14
        return ((x1 + w1 / 2, y1 + h1), (x1 + w1 / 2, below), (x2 - 16, below), (x2 - 16, end_y), (x2, end_y)), bottom
    if x2 >= x1 + w1:
        middle = x2 - GAP_X / 2
        between = [box for box in boxes.values() if x1 + w1 < box[0] and box[0] + box[2] < middle]
        crossed = [box for box in between if box[1] < start_y < box[1] + box[3]]
        if crossed:
            # over what stands between
            above = min(y1, y2, *(box[1] for box in crossed)) - 14
            return ((x1 + w1 / 2, y1), (x1 + w1 / 2, above), (x2 + w2 / 2, above), (x2 + w2 / 2, y2)), bottom
        if abs(start_y - end_y) < 1:
            return ((x1 + w1, start_y), (x2, end_y)), bottom
        return ((x1 + w1, start_y), (middle, start_y), (middle, end_y), (x2, end_y)), bottom
    way = ((x1 + w1 / 2, y1 + h1), (x1 + w1 / 2, bottom), (x2 + w2 / 2, bottom), (x2 + w2 / 2, y2 + h2))
    return way, bottom + 16


# ---------------------------------------------------------------- writing a diagram into a file


def with_diagram(text: str, process: Process) -> str:
    """The file with a diagram: its own when it is whole, else ours (modellers in the browser show only what
    has a place).
    """
    found = _read(text)
    if set(process.nodes) <= set(found.boxes) and {flow.id for flow in process.flows} <= set(found.ways):
        return text
    plan = arrange(process)
    lines = [f'<di:BPMNDiagram xmlns:di="{DI}" xmlns:dc="{DC}" xmlns:dd="{DD}" id="diagram_1">']
    lines.append(f'<di:BPMNPlane id="plane_1" bpmnElement={quoteattr(process.id)}>')
    for key, (x, y, w, h) in plan.boxes.items():
        more = ' isExpanded="true"' if process.nodes[key].kind == "subProcess" else ""
        lines.append(
            f"<di:BPMNShape id={quoteattr(key + '_di')} bpmnElement={quoteattr(key)}{more}>"
            f'<dc:Bounds x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}"/></di:BPMNShape>'
        )
    for key, points in plan.ways.items():
        inner = "".join(f'<dd:waypoint x="{x:g}" y="{y:g}"/>' for x, y in points)
        lines.append(f"<di:BPMNEdge id={quoteattr(key + '_di')} bpmnElement={quoteattr(key)}>{inner}</di:BPMNEdge>")
    lines.append("</di:BPMNPlane></di:BPMNDiagram>")
    from lxml import etree

    root = read_xml(text, "process.bpmn")
    for child in list(root):
        if local(child) == "BPMNDiagram":
            root.remove(child)
    root.append(read_xml("".join(lines), "diagram"))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + str(etree.tostring(root, encoding="unicode")) + "\n"


# ---------------------------------------------------------------- for the page


@dataclass(frozen=True, slots=True)
class Shape:
    """An element as the page draws it. ``state``: done, current, or "" (not yet reached)."""

    node: Node
    x: float
    y: float
    w: float
    h: float
    lines: tuple[tuple[float, str], ...]
    state: str

    @property
    def form(self) -> str:
        if self.node.kind.endswith("Event"):
            return "event"
        return "gateway" if self.node.kind.endswith("Gateway") else "task"

    @property
    def cx(self) -> float:
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        return self.y + self.h / 2

    @property
    def corners(self) -> str:
        return f"{self.cx:g},{self.y:g} {self.x + self.w:g},{self.cy:g} {self.cx:g},{self.y + self.h:g} {self.x:g},{self.cy:g}"


def _lines(text: str) -> list[str]:
    """At most three lines of a name: by characters in Chinese, by words elsewhere, where a letter is half as wide."""
    if CHINESE.search(text):
        return [text[i : i + LINE] for i in range(0, min(len(text), 3 * LINE), LINE)]
    return textwrap.wrap(text, 2 * LINE, max_lines=3, placeholder="…")


@lru_cache(maxsize=128)
def _layout(pk: int, sha256: str) -> Layout:
    from .kinds import ready

    version = KindVersion.objects.get(pk=pk)
    return layout_of(ready(version).definition.process, version.files["process.bpmn"])


def picture(version: KindVersion, current: Collection[str] = (), done: Collection[str] = ()) -> dict[str, Any]:
    """What ``cases/picture.html`` draws: the process of a version, with the steps that wait and those that
    are done.
    """
    from .kinds import ready

    process, plan = ready(version).definition.process, _layout(version.pk, version.sha256)
    shapes = []
    for key, node in process.nodes.items():
        x, y, w, h = plan.boxes[key]
        state = "current" if key in current else "done" if key in done else ""
        outside = node.kind.endswith(("Event", "Gateway"))
        pieces = _lines(said(node.name) if node.name != key else "")
        first = y + h + 14 if outside else y + h / 2 + 5 - 8 * (len(pieces) - 1)
        lines = tuple((first + 16 * n, piece) for n, piece in enumerate(pieces))
        shapes.append(Shape(node, x, y, w, h, lines, state))
    ways = [
        {"points": " ".join(f"{x:g},{y:g}" for x, y in points), "flow": process.by_id.get(key)}
        for key, points in plan.ways.items()
    ]
    xs = [p for b in plan.boxes.values() for p in (b[0], b[0] + b[2])] + [x for w in plan.ways.values() for x, _y in w]
    ys = [p for b in plan.boxes.values() for p in (b[1], b[1] + b[3])] + [y for w in plan.ways.values() for _x, y in w]
    left, top = min(xs) - PAD, min(ys) - PAD
    return {
        "shapes": sorted(shapes, key=lambda s: s.node.kind != "subProcess"),
        "ways": ways,
        "left": left,
        "top": top,
        "width": max(xs) + PAD - left,
        "height": max(ys) + PAD + 36 - top,
    }
