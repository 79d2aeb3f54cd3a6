"""Who has chosen English reads English, also where the words are a pack's: the pages of the menu as each role, and what
may stay Chinese, with the reason.
"""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from qiangqu.base.periods import parse_period
from qiangqu.base.terms import meant, plain, said
from qiangqu.registry import wordings
from qiangqu.registry.models import Area, Organisation, Role, User, Wording
from qiangqu.registry.tests import factories
from qiangqu.site.packs import find_pack, load_pack
from qiangqu.site.tests.crawling import Page

CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: what a page in English may say in Chinese: part of an address → (pattern of the text, why)
ALLOWED = [
    ("", r"^试验企业|^人员", "names of enterprises and people are their own"),
    ("/facts/sources/|/elements/|/indicators|/facts/", r".", "titles of sources, and definitions quoted from the statistical regulations"),
    ("/recognition-kinds/|/project-kinds/", r"《|公示|办法|〔|评价$|有效期|文件|认定", "titles of regulations"),
    ("/cases/", r"《|〔", "titles and numbers of regulations"),
    ("/cases/kinds/", r"^数据包$|〔|《", "a note that somebody wrote"),
    ("/cases/workdays/", r".", "names of holidays and numbers of the State Council's notices"),
    ("/environment", r"HJ|GB", "citations of standards"),
    ("/plan/documents", r"归入", "a title of a document"),
]  # fmt: skip


def leftovers(path: str, html: str) -> list[str]:
    page = Page()
    page.feed(html)
    allowed = [pattern for where, pattern, _why in ALLOWED if re.search(where, path)]
    return [
        text
        for text in page.texts
        if CHINESE.search(text) and text != "中文" and not any(re.search(pattern, text) for pattern in allowed)
    ]


@pytest.fixture
def region() -> Iterator[dict[str, User]]:
    load_pack(find_pack("ningxia"), lambda _text: None)
    zone = Area.objects.get(code="NX-Z-01")
    firm = factories.enterprise(zone, 1)
    people = {
        "planner": factories.user(Role.PLANNER, Area.objects.get(code="640000"), "planner"),
        "zone": factories.user(Role.ZONE, zone, "zone"),
        "enterprise": factories.user(Role.ENTERPRISE, zone, "firm", organisation=firm),
    }
    yield people
    translation.deactivate()


@pytest.mark.django_db
def test_pages_in_english_hold_no_chinese_but_what_is_allowed(region: dict[str, User]) -> None:
    found: dict[str, list[str]] = {}
    opened = 0
    for user in region.values():
        client = Client()
        client.force_login(user)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        start = Page()
        start.feed(client.get("/", follow=True).content.decode())
        inner = ["/plan/targets/T-01-03", "/plan/measures/1", "/plan/units/U-MIIT", "/cases/start/public_complaint/"]
        for path in dict.fromkeys(["/", *(link for link in start.links if link.startswith("/")), *inner]):
            response = client.get(path, follow=True)
            if (
                response.status_code != 200
                or not response["Content-Type"].startswith("text/html")
                or response.streaming
            ):
                continue
            opened += 1
            if left := leftovers(path, response.content.decode()):
                found[f"{user.username} {path}"] = left[:5]
    assert found == {}
    assert opened > 60


@pytest.mark.django_db
def test_search_finds_what_is_meant_and_what_is_stored(region: dict[str, User]) -> None:
    client = Client()
    client.force_login(region["planner"])
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    for query in ("Ningdong", "宁东"):
        assert "Ningdong Energy and Chemical Industry Base" in client.get("/search/", {"q": query}).content.decode()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    assert "宁东能源化工基地" in client.get("/search/", {"q": "宁东"}).content.decode()


@pytest.mark.django_db
def test_a_form_in_english_keeps_the_stored_name(region: dict[str, User]) -> None:
    area = Area.objects.get(code="NX-Z-01")
    client = Client()
    client.force_login(region["planner"])
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert 'value="宁东能源化工基地"' in client.get(f"/areas/{area.pk}/edit/").content.decode()
    with translation.override("en"):
        area.refresh_from_db()
        area.save()
    assert plain(Area.objects.get(pk=area.pk).name) == "宁东能源化工基地"


@pytest.mark.django_db
def test_terms_are_compared_as_stored_and_shown_as_read(region: dict[str, User]) -> None:
    unit = Organisation.objects.get(code="U-MIIT")
    with translation.override("en"):
        wordings.forget()
        assert (
            unit.name == "自治区工业和信息化厅"
            and f"{unit.name}" == "Department of Industry and Information Technology"
        )
        assert said("督办：规模以上工业增加值 · 2025年") == (
            "Supervision: Value added of industry above designated size · 2025"
        )
        assert said("会议通知：没有译名的会") == "Meeting: 没有译名的会" and said("没有译名") == "没有译名"
        assert meant("ningdong") and not meant("n")
        assert [parse_period(text).label for text in ("2024-06", "2024-01/2024-06", "2024Q2")] == [
            "Jun 2024", "Jan–Jun 2024", "Q2 2024",
        ]  # fmt: skip
        Wording.objects.filter(text="自治区工业和信息化厅").delete()
        wordings.forget()
        assert f"{unit.name}" == "自治区工业和信息化厅"
    assert f"{unit.name}" == "自治区工业和信息化厅" and said("会议通知：甲") == "会议通知：甲"


def test_every_name_of_the_pack_has_english() -> None:
    pack = find_pack("ningxia")
    words = {row["text"]: row["words"] for row in pack.rows("locale/en.csv", wordings.COLUMNS)}
    names = [
        row[column]
        for file in ("areas.csv", "units.csv")
        for row in pack.rows(file)
        for column in ("name", "short_name")
    ]
    names += [row["name"] for row in pack.rows("industries.csv")]
    for file in ("indicators", "elements", "targets", "recognitions", "project_kinds", "forms", "supervision"):
        names += [one["name"] for one in pack.yaml(f"{file}.yaml")]
        names += [one["unit"] for one in pack.yaml(f"{file}.yaml") if one.get("unit") and CHINESE.search(one["unit"])]
    names += [one[key] for one in pack.yaml("tasks.yaml") for key in ("title", "section")]
    assert [name for name in dict.fromkeys(names) if CHINESE.search(name) and not words.get(name)] == []
    assert wordings.check(pack) == [] and len(names) > 900
