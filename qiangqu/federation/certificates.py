"""Certificates of the lines: each node that has children is their authority; a child pins its parent's certificate
of authority when it joins. Signing keys of batches are others (:mod:`.keys`): who breaks a line forges no word."""

import datetime as dt
import hashlib
import ssl
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from qiangqu.base.errors import InputError
from qiangqu.base.homes import made_once

from . import keys

YEARS = dt.timedelta(days=730)
LONG = dt.timedelta(days=365 * 30)
#: X509_V_FLAG_NO_CHECK_TIME: a node whose clock is wrong must not be cut off; who pins the authority needs no date
NO_CHECK_TIME = 0x200000
_WORDS = "山水云林江河湖海日月星辰金木土石风雨雷电春夏秋冬东西南北红黄蓝绿黑白青紫大小多少高低长短远近新旧早晚左右前后开关来去进出上下里外"


def _private(name: str) -> Any:
    path = keys.folder() / name
    if not path.exists():
        text = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        made_once(path, text.decode())
    return serialization.load_pem_private_key(path.read_bytes(), None)


def _named(code: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, code)])


def _certificate(
    subject: str, issuer: str, key: Any, signer: Any, lasts: dt.timedelta, *, ca: bool, host: str = ""
) -> bytes:
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .issuer_name(_named(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + lasts)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca, content_commitment=False, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
    )  # fmt: skip
    if host:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def authority(code: str) -> Path:
    """This node's certificate of authority over its children, made at the first use."""
    path = keys.folder() / "authority.crt"
    if not path.exists():
        key = _private("authority.key")
        made_once(
            path, _certificate(f"{code} authority", f"{code} authority", key.public_key(), key, LONG, ca=True).decode()
        )
    return path


def server_files(code: str) -> tuple[Path, Path]:
    """Certificate and key with which this node answers its children. Its name is the node's, not the machine's."""
    authority(code)
    path, key = keys.folder() / "server.crt", _private("server.key")
    if not path.exists():
        signer = _private("authority.key")
        name = f"{code.lower()}.node.qiangqu"
        made_once(
            path, _certificate(code, f"{code} authority", key.public_key(), signer, LONG, ca=False, host=name).decode()
        )
    return path, keys.folder() / "server.key"


def request(code: str) -> bytes:
    """This node's request for a certificate; its key stays here."""
    key = _private("client.key")
    made = x509.CertificateSigningRequestBuilder().subject_name(_named(code)).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def issue(parent: str, code: str, asked: bytes) -> bytes:
    """A certificate for a child of this node, for the key in its request. Raises InputError."""
    try:
        found = x509.load_pem_x509_csr(asked)
        names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if not found.is_signature_valid or [one.value for one in names] != [code]:
            raise ValueError
    except (ValueError, InvalidSignature) as error:
        raise InputError("证书请求不对", where=code) from error
    authority(parent)
    return _certificate(code, f"{parent} authority", found.public_key(), _private("authority.key"), YEARS, ca=False)


def fingerprint(pem: bytes) -> str:
    return x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256()).hex()


def words(*of: bytes) -> str:
    """Six characters that two people compare: of what the child asked for and what the parent will sign.

    >>> len(words(b"a", b"b")), words(b"a", b"b") == words(b"a", b"b"), words(b"a") == words(b"b")
    (6, True, False)
    """
    digest = hashlib.sha256(b"\0".join(of)).digest()
    return "".join(_WORDS[byte % len(_WORDS)] for byte in digest[:6])


def server_context(code: str) -> ssl.SSLContext:
    """TLS 1.3 with the children's certificates of this node's authority; who has none may only ask to join."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(*server_files(code))
    context.load_verify_locations(authority(code))
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= NO_CHECK_TIME
    return context


def client_context(*, joining: bool = False) -> ssl.SSLContext:
    """TLS towards the parent: its pinned authority, this node's certificate. ``joining``: nothing is pinned yet; the
    caller compares the authority with the fingerprint in the invitation before it believes anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if joining:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
    context.load_verify_locations(keys.folder() / "parent.crt")
    context.load_cert_chain(keys.folder() / "client.crt", keys.folder() / "client.key")
    context.verify_flags |= NO_CHECK_TIME
    return context
