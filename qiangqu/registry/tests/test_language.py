"""English pages hold no Chinese but the data, Excel goes between the languages, the catalogue has no
holes.
"""

import re
from html import unescape
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from qiangqu.registry.models import Parcel

from . import factories

pytestmark = pytest.mark.django_db
CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES" / "django.po"
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
DATA = re.compile(
    r"试验自治区|试验自|[东西][一二]开发区|[东西]城市|[东西][一二]?开|试验企业\d*|新型材料|光伏材料|绿色工厂|技术改造|亩|万元"
)


@pytest.fixture
def english(signed_in, settings):
    if not CATALOGUE.with_suffix(".mo").exists():
        pytest.skip("catalogues are not compiled (tools/build_messages.py)")
    client = signed_in("admin")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    yield client
    translation.deactivate()  # the test client leaves the language of its last request behind


def _chinese(text: str) -> list[str]:
    body = re.sub(r"<script.*?</script>|<[^>]*lang=\"zh-CN\"[^>]*>[^<]*<", "<", text.split("<body", 1)[1], flags=re.S)
    return CHINESE.findall(DATA.sub("", unescape(re.sub(r"<[^>]+>", " ", body))))


@pytest.mark.parametrize(
    "path",
    [
        "/areas/",
        "/organisations/",
        "/organisations/new/",
        "/parcels/import/",
        "/users/",
        "/users/new/",
        "/roles/",
        "/audit/",
        "/accounts/",
        "/accounts/password/",
        "/search/?q=zzz",
        "/nowhere/",
    ],
)
def test_english_pages_are_english(english, areas, lists, path):
    factories.enterprise(areas["Z1"], 1)
    assert _chinese(english.get(path).content.decode()) == []


def test_a_record_page_is_english(english, areas):
    one = factories.enterprise(areas["Z1"], 1)
    for path in (f"/organisations/{one.pk}/", f"/organisations/{one.pk}/edit/"):
        assert _chinese(english.get(path).content.decode()) == []


def test_a_chinese_export_can_come_back_in_english(english, areas):
    Parcel.objects.create(code="P1", area=areas["Z1"], land_area=2, use="x", status="idle", valid_from=factories.BORN)
    english.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    content = b"".join(english.get("/parcels/export/").streaming_content)
    english.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    response = english.post("/parcels/import/", {"file": SimpleUploadedFile("p.xlsx", content)})
    assert response.context["preview"].counts == {"new": 0, "changed": 0, "unchanged": 1, "bad": 0}
    assert response.context["preview"].ignored == []


@pytest.mark.parametrize(
    "land, day", [("#N/A", "2024-03-01"), ("many", "soon"), ("US$5", "24-Mon-2024"), ("1e30", "3月")]
)
def test_what_is_wrong_with_a_cell_is_said_in_english(english, areas, land, day):
    rows = f"Code,Area,Land area,Use,Status,Valid from\nP9,{areas['Z1'].code},{land},x,Idle,{day}\n9.1E+17,Z9,,x,Idle,{day}\n"
    response = english.post("/parcels/import/", {"file": SimpleUploadedFile("p.csv", rows.encode())})
    assert response.context["preview"].counts["bad"] == 2
    assert [word for word in _chinese(response.content.decode()) if word != "月"] == []


def test_the_catalogue_has_no_holes_and_keeps_the_places_of_values():
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="en")
    for message in catalogue:
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            if not message.id:
                continue
            source = message.id[0] if isinstance(message.id, tuple) else message.id
            assert text, f"no English for {source}"
            assert sorted(re.findall(r"%\(\w+\)s", source)) == sorted(re.findall(r"%\(\w+\)s", text)), source
