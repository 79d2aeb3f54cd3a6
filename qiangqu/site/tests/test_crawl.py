"""A patient visitor of every role follows every link of a small demonstration: no dead link, no error."""

import pytest
from django.test import Client

from qiangqu.registry.models import User
from qiangqu.site.demonstration import prepare
from qiangqu.site.packs import find_pack

from .crawling import crawl

ROLES = ("planner", "leader", "yinchuan", "ningdong", "inspector", "enterprise", "admin")


@pytest.mark.django_db(transaction=True)
def test_every_link_leads_somewhere_for_every_role() -> None:
    prepare(find_pack("ningxia"), lambda _text: None, enterprises=300, months=26)
    for name in ROLES:
        client = Client()
        client.force_login(User.objects.get(username=name))
        walked = crawl(client, "/")
        assert walked.dead == {}, name
        assert len(walked.statuses) > 10, name
