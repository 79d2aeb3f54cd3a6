"""The script of a demonstration's cases belongs to the pack and is checked with it."""

import shutil

import pytest

from qiangqu.base.packs import Pack
from qiangqu.site.packs import BUNDLED
from qiangqu_demo import cases
from qiangqu_demo.simulation import pack

KINDS = BUNDLED / "ningxia" / "cases"
SCRIPT = KINDS.parent / cases.FILE


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("node: accept, ago: 26", "node: accepted, ago: 26", "事项 deferred_documents 没有步骤 accepted"),
        ("conclusion: 通过", "conclusion: 很好", "第1件 review"),
        ("topic: 环境影响评价", "subject: 环境影响评价", "第1件 data"),
        ("kind: build_first", "kind: built_first", "数据包里没有事项 built_first"),
        ("by: clerk", "by: somebody", "写法不对"),
    ],
)
def test_the_script_of_the_demonstration_is_held_to_the_kinds(tmp_path, old, new, said):
    """Nothing of the program knows the pack's kinds: the script stands beside them and is checked with
    them.
    """
    shutil.copytree(KINDS, tmp_path / "cases")
    (tmp_path / "pack.yaml").write_text("code: x\n")
    script = SCRIPT.read_text(encoding="utf-8")
    (tmp_path / SCRIPT.name).write_text(script, encoding="utf-8")
    assert [f for f in pack.check(Pack(tmp_path)) if f.severity == "error"] == []
    assert old in script
    (tmp_path / SCRIPT.name).write_text(script.replace(old, new, 1), encoding="utf-8")
    told = [str(f) for f in pack.check(Pack(tmp_path)) if f.severity == "error"]
    assert any(SCRIPT.name in one and said in one for one in told), told
