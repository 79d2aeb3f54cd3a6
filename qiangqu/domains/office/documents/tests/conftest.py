"""A region's bureau and two zones with their offices. No pack is loaded: the two kinds of cases come with the
code.
"""

from typing import Any

import pytest

from qiangqu.cases.pack import seed_calendar
from qiangqu.domains.office.models.documents import Document, IssuingBody
from qiangqu.registry.tests import factories


def set_up() -> dict[str, Any]:
    areas = factories.tree()
    people = factories.users(areas)
    people["zone2"] = factories.user("zone", areas["Z1"], "zone2")
    people["head"] = factories.user("leader", areas["Z1"], "head")
    seed_calendar()
    bodies = {
        code: IssuingBody.objects.create(
            area=areas[code], name=name, mark=f"{name}文件", code_word=word, fonds=fonds, valid_from=factories.BORN
        )
        for code, name, word, fonds in (
            ("R", "试验自治区工业和信息化厅", "试工信发", "001"),
            ("Z1", "东一开发区管委会", "东一管发", "Z101"),
            ("Z3", "西一开发区管委会", "西一管发", ""),
        )
    }
    return {"areas": areas, "people": people, "bodies": bodies}


@pytest.fixture
def office(db):
    return set_up()


@pytest.fixture
def open_office(transactional_db):
    """The same where threads must see it."""
    return set_up()


def draft(body: IssuingBody, **more: Any) -> Document:
    """A draft that holds all rules, not saved."""
    first = {
        "kind": "notice",
        "title": "关于开展安全检查的通知",
        "addressees": "各企业",
        "text": "一、总体要求\n（一）范围。全部企业。\n请认真办理。",
    }
    return Document(body=body, **(first | more))


def receipt(body: IssuingBody, **more: Any) -> Document:
    """A document that came in, not saved."""
    first = {"kind": "notice", "title": "关于报送材料的通知", "sender": "省发改委", "number": "省发改发〔2026〕7号"}
    return Document(body=body, **(first | more))
