"""A patient visitor of every role follows every link of a small demonstration: no dead link, no error, no English left over."""

from collections.abc import Iterable

import pytest
from django.test import Client

from qiangqu.cases.models import CaseKind
from qiangqu.facts.models import Element
from qiangqu.formulas.models import Indicator
from qiangqu.registry.models import Industry, ProjectKind, RecognitionKind, User
from qiangqu.site.packs import find_pack
from qiangqu.telemetry.alarms.models import AlarmRule
from qiangqu_demo.prepare import prepare

from .crawling import crawl, of_test_client

pytestmark = pytest.mark.demonstration

ROLES = ("planner", "leader", "yinchuan", "ningdong", "inspector", "enterprise", "admin")


def codes() -> frozenset[str]:
    """Words in Latin letters that are the data's own."""
    listed: list[Iterable[str]] = [
        m.objects.values_list("code", flat=True)
        for m in (AlarmRule, CaseKind, Element, Indicator, Industry, ProjectKind, RecognitionKind)
    ]
    return frozenset().union(*listed, User.objects.values_list("username", flat=True), ["ningxia"])


@pytest.mark.django_db(transaction=True)
def test_every_link_leads_somewhere_for_every_role() -> None:
    prepare(find_pack("ningxia"), lambda _text: None, enterprises=120, months=26)
    for name in ROLES:
        client = Client()
        client.force_login(User.objects.get(username=name))
        walked = crawl(of_test_client(client), per_kind=1, codes=codes())
        assert walked.dead == {}, name
        assert walked.english == {}, name
        assert len(walked.statuses) > 10, name
