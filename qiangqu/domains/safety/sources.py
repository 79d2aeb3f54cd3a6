"""Public values that nobody here can choose: a round of drand quicknet, whose signature is checked on this machine
without a network, or a number that is published elsewhere and entered by hand with where it was seen.

drand: a round each :data:`PERIOD` seconds since :data:`GENESIS`; its randomness is the SHA-256 of its signature by the
network's key (chain 52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971, key inside ``drand-verify``).
"""

import datetime as dt
import json
import re

import drand_verify
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

DRAND = "drand:quicknet:"
PUBLISHED = "published:"
GENESIS = 1_692_803_367  # of quicknet, seconds since 1970
PERIOD = 3
LONGEST_VALUE = 200


def round_at(moment: dt.datetime) -> int:
    """The first round that appears at or after the moment.

    >>> round_at(dt.datetime.fromtimestamp(GENESIS, dt.UTC)), round_at(dt.datetime.fromtimestamp(GENESIS + 4, dt.UTC))
    (1, 3)
    """
    return max(1, -(-(int(moment.timestamp()) - GENESIS) // PERIOD) + 1)


def round_of(source: str) -> int | None:
    """The round that a source names, None for another source.

    >>> round_of("drand:quicknet:657413"), round_of("published:x")
    (657413, None)
    """
    found = re.fullmatch(re.escape(DRAND) + r"([1-9]\d{0,11})", source)
    return int(found[1]) if found else None


def address_of(source: str) -> str:
    """Where a round can be fetched by somebody who has the internet, "" for another source."""
    number = round_of(source)
    chain = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
    return f"https://api.drand.sh/{chain}/public/{number}" if number else ""


def checked_round(number: int, pasted: str) -> tuple[str, str]:
    """Randomness and signature of a round, of what was pasted: the JSON of the round, or its signature alone.
    Raises InputError for another round or a signature that is not the network's.
    """
    text = pasted.strip()
    if text.startswith("{"):
        try:
            said = json.loads(text[:4000])
            text = str(said["signature"])
            told = int(said["round"])
        except (ValueError, KeyError, TypeError):
            raise InputError(_("粘贴的不是 drand 的轮次数据：应含 round 和 signature"), where="value") from None
        if told != number:
            raise InputError(
                _("粘贴的是第 %(told)s 轮，承诺的是第 %(number)s 轮") % {"told": told, "number": number}, where="value"
            )
    if not re.fullmatch("[0-9a-f]{96}", text):
        raise InputError(_("签名应是 96 位小写十六进制"), where="value")
    try:
        return drand_verify.verify_quicknet(number, text), text
    except ValueError:
        raise InputError(_("签名不符：不是 drand 第 %(number)s 轮的签名") % {"number": number}, where="value") from None


def written_value(text: str) -> str:
    """A published number as it goes into the seed: one line, single blanks. Raises InputError."""
    value = " ".join(text.split())
    if not value or len(value) > LONGEST_VALUE or not value.isprintable():
        raise InputError(_("请填写公开值，限一行、%(most)s 字以内") % {"most": LONGEST_VALUE}, where="value")
    return value
