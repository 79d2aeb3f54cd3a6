"""Manifests are checked when they are read: what two parts claim, or what there is not, is refused with a
sentence that says so.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.dispatch import Signal

from qiangqu.base.part import (
    Api,
    Command,
    Job,
    MenuItem,
    Part,
    PartError,
    Permission,
    Reference,
    Search,
    Section,
    check,
    load,
)

HOUR = dt.timedelta(hours=1)
BASE = Part("base", "底", sections=(Section("总", "总", "leaf"),), opens={"point": "x:y"})
CLAIMS: dict[str, Callable[[str], Part]] = {
    "接口前缀“/x”": lambda name: Part(name, name, api=Api("/x", "x")),
    "权限“act”": lambda name: Part(name, name, permissions=(Permission("act", "a", "b"),)),
    "菜单分区“新”": lambda name: Part(name, name, sections=(Section("新", "新", "leaf"),)),
    "菜单页面“list”": lambda name: Part(name, name, section="总", menu=(MenuItem("x", "list"),)),
    "命令“do”": lambda name: Part(name, name, commands=(Command("do", "", "c:d"),)),
    "定时任务“j”": lambda name: Part(name, name, jobs=(Job("j", HOUR, "p:j"),)),
    "检索“s”": lambda name: Part(name, name, search=(Search("s", "l:f"),)),
    "审计用语“done”": lambda name: Part(name, name, acts={"done": "做了"}),
    "消息主题“t”": lambda name: Part(name, name, topics={"t": "题"}),
    "提醒“a”": lambda name: Part(name, name, attention={"a": "l:a"}),
    "计数“c”": lambda name: Part(name, name, permissions=(), counters={"c": "see"}),
    "base.point 的接入“n”": lambda name: Part(name, name, joins={"base.point": {"n": "l:n"}}),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_two_parts_claim_is_refused(claim: str) -> None:
    see = Part("see", "看", permissions=(Permission("see", "看", "看"),))
    one, two = CLAIMS[claim]("one"), CLAIMS[claim]("two")
    check([BASE, see, one])
    with pytest.raises(PartError) as caught:
        check([BASE, see, one, two])
    assert str(caught.value) == f"two：{claim}已由 one 声明，请换一个"


def test_two_parts_of_one_name_are_refused() -> None:
    with pytest.raises(PartError, match="部分“land”已由 land 声明"):
        check([Part("land", "土地"), Part("land", "另一个")])


def test_a_part_does_not_claim_the_same_twice() -> None:
    part = Part("one", "一", jobs=(Job("j", HOUR, "p:a"), Job("j", HOUR, "p:b")))
    with pytest.raises(PartError, match="one：定时任务“j”声明了两次"):
        check([part])


@pytest.mark.parametrize(
    "part, sentence",
    [
        (Part("x", "x", section="总", menu=(MenuItem("a", "b", action="edit_plam"),)), "没有权限“edit_plam”"),
        (Part("x", "x", counters={"c": "nothing"}), "没有权限“nothing”"),
        (Part("x", "x", section="没有的", menu=(MenuItem("a", "b"),)), "没有菜单分区“没有的”"),
        (Part("x", "x", joins={"base.points": {"n": "l:n"}}), "没有接入点“base.points”，可用的是 base.point"),
    ],
)
def test_what_there_is_not_is_refused(part: Part, sentence: str) -> None:
    with pytest.raises(PartError, match=sentence):
        check([BASE, part])


def test_a_menu_entry_stands_in_its_parts_section_unless_it_names_another() -> None:
    part = Part("x", "x", section="总", menu=(MenuItem("a", "a"), MenuItem("b", "b", section="别处")))
    assert [item.section for item in part.menu_items()] == ["总", "别处"]


def package(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, **modules: str) -> str:
    (folder / name).mkdir()
    for module, text in {"__init__": "", **modules}.items():
        (folder / name / f"{module}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    return name


def test_manifests_are_read_from_their_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "from qiangqu.base.part import Part\nPART = Part('manifest_a', '甲', pack='reading')\n"
    name = package(tmp_path, monkeypatch, "manifest_a", part=text, reading="def twice(n): return 2 * n\n")
    (part,) = load((name,))
    assert part.package == "manifest_a" and part.reference("reading:twice")(21) == 42
    assert part.reference("reading").get().twice(1) == 2
    assert part.reference("qiangqu.base.text:one_line")("a\nb") == "a b"


def test_a_manifest_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = package(
        tmp_path, monkeypatch, "manifest_b", part="from qiangqu.base.part import Part\nPART = Part('c', '丙')\n"
    )
    with pytest.raises(PartError, match="manifest_b：部分名“c”须与文件夹同名"):
        load((other,))
    with pytest.raises(PartError, match=r"manifest_d：part\.py 里的 PART 不是 Part"):
        load((package(tmp_path, monkeypatch, "manifest_d", part="PART = 1\n"),))
    with pytest.raises(PartError, match=r"manifest_e：“part:PART”指向的模块 manifest_e\.part 不存在"):
        load((package(tmp_path, monkeypatch, "manifest_e"),))


def test_a_reference_says_what_it_misses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = package(tmp_path, monkeypatch, "manifest_f", work="import no_such_module_at_all\n", empty="")
    with pytest.raises(PartError, match=r"manifest_f：“empty:go”指向的 go 在 manifest_f\.empty 中不存在"):
        Reference(name, "empty:go").get()
    with pytest.raises(PartError, match=r"manifest_f：“gone:go”指向的模块 manifest_f\.gone 不存在"):
        Reference(name, "gone:go").get()
    # a module that is there and misses something of its own is not called missing
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        Reference(name, "work:go").get()


def test_a_receiver_that_fails_is_logged_by_its_name(caplog: pytest.LogCaptureFixture) -> None:
    done = Signal()
    done.connect(Reference("qiangqu.base", "text:visible_text"), weak=False)  # which takes no sender
    [(_receiver, answer)] = done.send_robust(sender=None)
    assert isinstance(answer, TypeError) and "qiangqu.base.text:visible_text" in caplog.text
    assert not hasattr(Reference("qiangqu.base", "text:visible_text"), "unknown")
