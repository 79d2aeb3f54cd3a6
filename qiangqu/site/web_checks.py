"""What can be wrong between people's browsers and this node: settings of the web, the proxy, the certificate."""

import datetime as dt
import http.client
import ssl
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from qiangqu.base.doctor import Finding, error, warning
from qiangqu.base.terms import listed

LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")
PATIENCE = 5.0  # seconds
CERTIFICATE_SOON = dt.timedelta(days=21)
LOOKED_BACK = dt.timedelta(days=7)


def web(now: dt.datetime) -> Iterable[Finding]:
    """Settings that let in whom they should not, or nobody."""
    from django.http.request import validate_host

    if settings.DEBUG:
        yield error(_("调试页面开着（QIANGQU_DEBUG=1），出错时会把代码和设置给人看：请去掉这个设置并重新启动"))
    if "*" in settings.ALLOWED_HOSTS:
        yield warning(_("任何主机名都被接受（QIANGQU_HOSTS=*）：请写明本站的主机名"))
    if not settings.SECURE_COOKIES and any(host not in LOOPBACK for host in settings.ALLOWED_HOSTS):
        yield warning(
            _(
                "别的机器能访问本站，却没有用 TLS，口令可以被窃听：请在前面放代理（deploy/nginx.conf），并设置 QIANGQU_HTTPS=1"
            )
        )
    if settings.SECURE_COOKIES and not settings.QIANGQU_TRUSTED_PROXIES:
        yield error(_("要求 TLS 却不相信任何代理，谁也登录不了：请在 QIANGQU_TRUSTED_PROXIES 写明代理的地址"))
    host = urlsplit(settings.QIANGQU_BASE_URL).hostname
    if host and not validate_host(host, settings.ALLOWED_HOSTS):
        yield error(_("站点地址的主机名 %(host)s 不在 QIANGQU_HOSTS 里，从那里来的人会被拒绝：请把它加上"), host=host)


def proxy(now: dt.datetime) -> Iterable[Finding]:
    """Whether the proxy says who is behind it: else all people seem to be at one place, and limits on sign-in
    hit all of them.
    """
    from qiangqu.registry.models import SignIn
    from qiangqu.ui.peers import is_trusted, parsed

    if not settings.SECURE_COOKIES:
        return
    recent = SignIn.objects.filter(at__gt=now - LOOKED_BACK)
    addresses = set(recent.values_list("address", flat=True).distinct()[:1000])
    if addresses and all(is_trusted(parsed(one)) for one in addresses) and recent.values("user").distinct().count() > 1:
        yield error(
            _("所有人都像是从代理 %(address)s 登录的：请让代理传递 X-Forwarded-For（见 deploy/nginx.conf）"),
            address=listed(sorted(addresses)[:3]),
        )


def site(now: dt.datetime) -> Iterable[Finding]:
    """Whether the site answers under its own address, through whatever stands before it."""
    address = settings.QIANGQU_BASE_URL
    if not address:
        if settings.SECURE_COOKIES:
            yield warning(
                _(
                    "没有设置站点地址 QIANGQU_BASE_URL，查不了代理和证书，邮件里的链接也打不开：请设置，如 https://zone.example.cn"
                )
            )
        return
    parts = urlsplit(address)
    by_tls = parts.scheme == "https"
    kind = http.client.HTTPSConnection if by_tls else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.connect()
        ends = _certificate_ends(connection.sock) if by_tls else None
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        answer.read(1000)
    except ssl.SSLCertVerificationError as failure:
        yield error(
            _("%(address)s 的证书不被信任（%(reason)s）：请更换证书，或更正代理里的证书路径"),
            address=address, reason=failure.verify_message,
        )  # fmt: skip
        return
    except (OSError, http.client.HTTPException) as failure:
        yield error(
            _("%(address)s 打不开（%(reason)s）：请查看代理和 qiangqu serve 是否在运行，如 systemctl status nginx qiangqu@serve"),
            address=address, reason=str(failure)[:200] or type(failure).__name__,
        )  # fmt: skip
        return
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        yield error(
            _("%(address)s 答复 HTTP %(status)s：请查看 qiangqu serve 是否在运行、QIANGQU_HOSTS 是否写明了这个主机名"),
            address=address, status=answer.status,
        )  # fmt: skip
    elif by_tls and not settings.SECURE_COOKIES:
        yield error(_("站点地址是 https，却没有设置 QIANGQU_HTTPS=1：登录信息可能不加密地发出，请设置并重新启动"))
    elif by_tls and settings.SECURE_HSTS_SECONDS and "Strict-Transport-Security" not in answer.headers:
        yield error(
            _("节点不相信前面的代理，把 %(address)s 当成了不加密的访问：请在 QIANGQU_TRUSTED_PROXIES 写明代理的地址，并让它传递 X-Forwarded-Proto"),
            address=address,
        )  # fmt: skip
    if ends is not None and ends < now + CERTIFICATE_SOON:
        yield warning(_("%(address)s 的证书 %(day)s 到期：请及时更换"), address=address, day=f"{ends:%Y-%m-%d}")


def _certificate_ends(wrapped: Any) -> dt.datetime:
    told = wrapped.getpeercert()
    return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), dt.UTC)
