"""Kinds of cases in English: every word of their forms, steps and letters has English, and the form that starts one
shows none in Chinese. The text of a letter that is issued stays in the language of the office.
"""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from django.utils import translation

import qiangqu
from qiangqu.base.terms import CHINESE, plain, said
from qiangqu.cases.models import CaseKind
from qiangqu.registry.models import Area, Role, User
from qiangqu.registry.tests import factories
from qiangqu.site.packs import find_pack, load_pack
from qiangqu.site.tests.test_english import leftovers

ROOT = Path(qiangqu.__file__).parent
CITED = ("basis", "when", "lights")  # citations keep their document numbers; conditions compare stored answers


def strings(data: Any) -> Iterator[str]:
    match data:
        case dict():
            for key, value in data.items():
                if key not in CITED:
                    yield from strings(key)
                    yield from strings(value)
        case list():
            for value in data:
                yield from strings(value)
        case str():
            yield data


def words_of(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        yield from strings(json.loads(text))
    elif path.suffix == ".yaml":
        yield from strings(yaml.safe_load(text))
    elif path.suffix in (".bpmn", ".dmn"):
        yield from (one.get("name", "") for one in ElementTree.fromstring(text).iter())


def kinds() -> list[Path]:
    """The folders of the kinds that come with the program and with the pack."""
    return sorted(one.parent for one in ROOT.rglob("kind.yaml") if "tests" not in one.parts)


@pytest.mark.django_db
def test_every_word_of_every_kind_has_english() -> None:
    load_pack(find_pack("ningxia"), lambda _text: None)
    assert len(kinds()) >= 9
    with translation.override("en"):
        left = {
            f"{folder.name}/{path.name}: {word}"
            for folder in kinds()
            for path in folder.rglob("*")
            if path.is_file()
            for word in words_of(path)
            if CHINESE.search(said(word))
        }
    assert left == set()


@pytest.fixture
def people() -> Iterator[list[User]]:
    load_pack(find_pack("ningxia"), lambda _text: None)
    zone = Area.objects.get(code="NX-Z-01")
    firm = factories.enterprise(zone, 1)
    yield [
        factories.user(Role.PLANNER, Area.objects.get(code="640000"), "planner"),
        factories.user(Role.ZONE, zone, "zone"),
        factories.user(Role.ENTERPRISE, zone, "firm", organisation=firm),
    ]
    translation.deactivate()


@pytest.mark.django_db
def test_the_form_that_starts_a_case_shows_no_chinese(people: list[User]) -> None:
    found: dict[str, list[str]] = {}
    opened: set[str] = set()
    for user in people:
        client = Client()
        client.force_login(user)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        for code in CaseKind.objects.filter(active=True).exclude(current=None).values_list("code", flat=True):
            path = f"/cases/start/{plain(code)}/"
            response = client.get(path)
            if response.status_code != 200:
                continue
            opened.add(code)
            if left := leftovers(path, response.content.decode()):
                found[f"{user.username} {path}"] = left
    assert found == {}
    assert {"combined_assessment", "deferred_documents", "build_first", "timed_promise", "public_complaint"} <= opened
