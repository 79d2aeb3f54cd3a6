"""Whatever goes wrong under /api/ is JSON with one sentence, for every operation and every kind of failure."""

import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import translation

from qiangqu.registry.models import Role, User
from qiangqu.site import api_errors
from qiangqu.site.front import _refuse

from .test_api import operations

pytestmark = pytest.mark.django_db


def told(answer: Any) -> str:
    assert answer["Content-Type"].startswith("application/json"), answer.content[:200]
    detail = answer.json()["detail"]
    assert isinstance(detail, str) and detail, answer.content
    return detail


@pytest.fixture
def nobody(client: Client) -> Client:
    """Signed in, without a post: everything is refused to him."""
    client.force_login(User.objects.create_user("nobody", password="x"))
    client.raise_request_exception = False
    return client


def test_no_operation_answers_with_a_page(nobody: Client) -> None:
    pages = []
    for path, method in operations():
        answer = nobody.generic(method.upper(), re.sub(r"\{\w+\}", "1", path), "{}", content_type="application/json")
        if answer.status_code >= 400 and not answer["Content-Type"].startswith("application/json"):
            pages.append((method, path, answer.status_code))
    assert pages == []


def test_a_refusal_is_a_sentence(nobody: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = nobody.get("/api/v1/plan/targets")
    assert answer.status_code in (403, 404) and re.search(r"[\u4e00-\u9fff]", told(answer))

    def refuse(*_args: Any) -> Any:
        raise PermissionDenied("新账号由系统管理员建立")

    monkeypatch.setattr("qiangqu.site.api.user_of_token", refuse)
    answer = Client().get("/api/v1/registry/areas", headers={"Authorization": "Bearer x"})
    assert answer.status_code == 403 and told(answer) == "新账号由系统管理员建立"


def test_what_is_refused_outside_of_any_operation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(User.objects.create_user("admin", password="x", role=Role.ADMIN))
    assert "没有这个地址" in told(client.get("/api/v1/nothing/here"))
    assert client.get("/api/v1/nothing/here").status_code == 404
    wrong = client.delete("/api/v1/registry/areas")
    assert wrong.status_code == 405 and wrong["Allow"] == "GET" and "Allow" in told(wrong)
    assert "请先登录" in told(Client().get("/api/v1/registry/areas"))
    monkeypatch.setattr(api_errors, "sentence", lambda _status: translation.get_language())
    for language in ("en", "zh-hans"):
        assert told(client.get("/api/v1/nothing/here", headers={"Accept-Language": language})) == language
    assert client.get("/nothing/here")["Content-Type"].startswith("text/html"), "pages stay pages"


def test_a_fault_of_the_program_is_told_and_nothing_of_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(User.objects.create_user("admin", password="x", role=Role.ADMIN))
    client.raise_request_exception = False

    def broken(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError("secret path /etc/x")

    monkeypatch.setattr("qiangqu.ui.registers.listing.scoped_rows", broken)
    answer = client.get("/api/v1/registry/areas")
    assert answer.status_code == 500 and "服务器出错" in told(answer) and "secret" not in answer.content.decode()


def test_a_host_that_is_not_ours_and_a_missing_token_of_a_form(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    assert "核对地址" in told(client.get("/api/v1/registry/areas", headers={"Host": "evil.example"}))
    settings.ALLOWED_HOSTS = ["*"]
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(User.objects.create_user("admin", password="x", role=Role.ADMIN))
    path = next(path for path, method in operations() if method == "post")
    answer = checked.post(re.sub(r"\{\w+\}", "1", path), "{}", content_type="application/json")
    assert answer.status_code == 403 and told(answer) == str(api_errors.CSRF)


class _Wire:
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.said = (status, dict(headers)["content-type"], body.decode())


def test_what_never_reaches_a_thread_is_json_for_programs_too() -> None:
    wire = _Wire()
    _refuse(wire, 413, "/api/v1/facts/import")
    assert wire.said == (413, "application/json; charset=utf-8", '{"detail": "发送的内容太大"}')
    _refuse(wire, 413, "/facts/import/")
    assert wire.said == (413, "text/plain; charset=utf-8", "发送的内容太大")


def test_a_status_without_a_sentence_of_its_own_has_one() -> None:
    assert "Gone" in api_errors.sentence(410) and "599" in api_errors.sentence(599)
