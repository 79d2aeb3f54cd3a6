"""QD-1: a draw 抽签 that anybody can check and nobody can steer. Standard library only: this file is also the
script that people download (``python draw.py FILE``).

1. Lists are files in UTF-8, fields joined by TAB, each line ended by LF, sorted bytewise by the first field:
   subjects ``id⇥stratum``, inspectors ``id⇥unit``, conflicts ``inspector>subject``. ``rules`` is JSON with sorted keys
   and no blanks. H is SHA-256 in hexadecimal.
2. commit = H(``qd1-commit``, draw_id, H(subjects), H(inspectors), H(conflicts), H(rules), source, nonce_hex), joined
   by LF. It is published before the public value that ``source`` names exists.
3. seed = HMAC-SHA256(nonce, ``qd1-seed`` LF draw_id LF commit LF public_value).
4. stream(label): block i is HMAC-SHA256(seed, ``qd1`` 00 label 00 uint32be(i)), four uint64be words.
5. shuffle(label, ids): sorted bytewise, then for i = 0 … n−2 swap i with i + below(n − i).
6. Of each stratum (label ``subject/`` + stratum) the first of the quota are drawn, the others are reserves in order.
   Teams: the drawn with the fewest inspectors free of conflict come first (ties: order of the draw); of those
   inspectors, shuffled by ``inspector/`` + subject, the first ``team`` below ``max_load`` go. Too few are a short team.
"""

import hashlib
import hmac
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

NONCE_BYTES = 32
INPUTS = (
    "draw_id",
    "subjects_file",
    "inspectors_file",
    "conflicts_file",
    "rules",
    "nonce_hex",
    "source",
    "public_value",
)
MOST_LINES = 100_000


class DrawError(ValueError):
    """Inputs with which no draw can be made; the text says why, in Chinese."""


def digest(text: str) -> str:
    """H: SHA-256 of a text's UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def written(lines: Iterable[Sequence[str]], joint: str = "\t") -> str:
    """The canonical file of lines of fields. Raises DrawError for an empty field, one that would break a line,
    and a first field (with ``joint`` ``>``: a line) that is there twice.
    """
    found: dict[bytes, str] = {}
    for fields in lines:
        line = joint.join(fields)
        if not all(fields) or any(mark in one for one in fields for mark in "\t\n\r>\0"):
            raise DrawError(f"名单里有空的、或含制表符、换行、“>”的内容：{line!r}")
        key = (fields[0] if joint == "\t" else line).encode()
        if key in found:
            raise DrawError(f"名单里重复：{fields[0]}")
        found[key] = line
    return "".join(f"{found[key]}\n" for key in sorted(found))


def canonical_rules(rules: Mapping[str, Any]) -> str:
    """The rules as they are hashed. Raises DrawError for rules that are none."""
    check_rules(rules)
    return json.dumps(rules, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def check_rules(rules: Any) -> None:
    """Raises DrawError unless there are ``team`` (1–10), ``max_load`` (1–1000) and ``quota``, [stratum, number of
    subjects] each once.
    """

    def whole(value: Any, least: int, most: int) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    if not isinstance(rules, Mapping) or set(rules) != {"team", "max_load", "quota"}:
        raise DrawError("规则应有 team、max_load、quota 三项")
    if not whole(rules["team"], 1, 10) or not whole(rules["max_load"], 1, 1000):
        raise DrawError("每组人数应为 1—10，每人最多检查数应为 1—1000")
    quota = rules["quota"]
    pairs = isinstance(quota, list) and all(isinstance(one, list) and len(one) == 2 for one in quota)
    if not pairs or not quota or not all(isinstance(s, str) and s and whole(n, 0, 10_000) for s, n in quota):
        raise DrawError("quota 应为 [层, 家数] 的列表")
    if len({stratum for stratum, _n in quota}) != len(quota):
        raise DrawError("quota 里同一层写了两次")
    if not any(n for _s, n in quota):
        raise DrawError("各层家数都是 0，什么也抽不出来")


def _lines(text: str, joint: str) -> list[tuple[str, str]]:
    """The lines of a canonical file, two fields each. Raises DrawError for one that is not canonical."""
    rows = [tuple(line.split(joint)) for line in text.split("\n")[:-1]]
    if len(rows) > MOST_LINES:
        raise DrawError(f"名单超过 {MOST_LINES} 行")
    if any(len(row) != 2 for row in rows) or written(rows, joint) != text:
        raise DrawError("名单不是规范格式：每行两项，按字节排序，以换行结尾")
    return [(row[0], row[1]) for row in rows]


def hashes(inputs: Mapping[str, str]) -> dict[str, str]:
    """H of the three lists and of the rules."""
    names = {
        "subjects": "subjects_file",
        "inspectors": "inspectors_file",
        "conflicts": "conflicts_file",
        "rules": "rules",
    }
    return {f"H_{name}": digest(inputs[key]) for name, key in names.items()}


def commitment(inputs: Mapping[str, str]) -> str:
    """The commitment, in hexadecimal: everything but the public value. Raises DrawError for a wrong nonce, or an
    identifier or source of more than one line.
    """
    if any("\n" in inputs[name] or not inputs[name] for name in ("draw_id", "source")):
        raise DrawError("编号和来源应各为一行")
    _nonce(inputs)
    parts = ("qd1-commit", inputs["draw_id"], *hashes(inputs).values(), inputs["source"], inputs["nonce_hex"])
    return digest("\n".join(parts))


def _nonce(inputs: Mapping[str, str]) -> bytes:
    text = inputs["nonce_hex"]
    if len(text) != 2 * NONCE_BYTES or any(one not in "0123456789abcdef" for one in text):
        raise DrawError("随机串应为 64 位小写十六进制")
    return bytes.fromhex(text)


def seed_of(inputs: Mapping[str, str], commit: str) -> bytes:
    """The seed, 32 bytes. Raises DrawError without a public value of one line."""
    value = inputs["public_value"]
    if not value or "\n" in value:
        raise DrawError("公开值应为一行")
    text = "\n".join(("qd1-seed", inputs["draw_id"], commit, value))
    return hmac.digest(_nonce(inputs), text.encode(), "sha256")


def words(seed: bytes, label: str) -> Iterator[int]:
    """The stream of a label: numbers of 64 bits without end."""
    for block in range(2**32):
        data = hmac.digest(seed, b"qd1\0" + label.encode() + b"\0" + block.to_bytes(4, "big"), "sha256")
        yield from (int.from_bytes(data[at : at + 8], "big") for at in (0, 8, 16, 24))


def below(stream: Iterator[int], k: int) -> int:
    """The next number of a stream in 0 … k − 1, each as likely as the others."""
    limit = 2**64 - 2**64 % k
    return next(word for word in stream if word < limit) % k


def shuffled(seed: bytes, label: str, ids: Iterable[str]) -> list[str]:
    """``ids`` in the order that seed and label give them, whatever order they come in."""
    order, stream = sorted(ids, key=str.encode), words(seed, label)
    for i in range(len(order) - 1):
        j = i + below(stream, len(order) - i)
        order[i], order[j] = order[j], order[i]
    return order


def result(inputs: Mapping[str, str]) -> dict[str, Any]:
    """All that follows from the inputs (:data:`INPUTS`, texts): ``H_…``, ``commit``, ``seed``, the ``order`` of
    each stratum, ``drawn``, ``reserves``, ``teams`` and the subjects with a ``short`` team. Raises DrawError.
    """
    if missing := [name for name in INPUTS if not isinstance(inputs.get(name), str)]:
        raise DrawError(f"缺少 {'、'.join(missing)}")
    try:
        rules = json.loads(inputs["rules"])
    except ValueError as error:
        raise DrawError("规则不是 JSON") from error
    if canonical_rules(rules) != inputs["rules"]:
        raise DrawError("规则不是规范格式")
    subjects, inspectors = _lines(inputs["subjects_file"], "\t"), _lines(inputs["inspectors_file"], "\t")
    apart = set(_lines(inputs["conflicts_file"], ">"))
    commit = commitment(inputs)
    seed = seed_of(inputs, commit)
    order = {
        stratum: shuffled(seed, f"subject/{stratum}", (one for one, its in subjects if its == stratum))
        for stratum, _quota in rules["quota"]
    }
    drawn = [one for stratum, quota in rules["quota"] for one in order[stratum][:quota]]
    reserves = {stratum: order[stratum][quota:] for stratum, quota in rules["quota"]}
    free = {one: [who for who, _unit in inspectors if (who, one) not in apart] for one in drawn}
    load = dict.fromkeys((who for who, _unit in inspectors), 0)
    teams: dict[str, list[str]] = {}
    for one in sorted(drawn, key=lambda subject: len(free[subject])):
        able = (who for who in shuffled(seed, f"inspector/{one}", free[one]) if load[who] < rules["max_load"])
        teams[one] = [who for who, _place in zip(able, range(rules["team"]), strict=False)]
        for who in teams[one]:
            load[who] += 1
    return {
        **hashes(inputs), "commit": commit, "seed": seed.hex(), "order": order, "drawn": drawn, "reserves": reserves,
        "teams": teams, "short": [one for one in drawn if len(teams[one]) < rules["team"]],
    }  # fmt: skip


def differences(document: Any, published: str = "") -> list[str]:
    """What of a file's ``outputs`` does not follow from its ``inputs``, a sentence each; none: the draw is as it
    must be. ``published`` is the commitment that was published before the draw. Raises DrawError for what is no
    file of a draw.
    """
    if not isinstance(document, Mapping) or not all(
        isinstance(document.get(x), Mapping) for x in ("inputs", "outputs")
    ):
        raise DrawError("这不是抽查文件：没有 inputs 和 outputs")
    found, said = result(document["inputs"]), document["outputs"]
    wrong = [f"{name} 与重算结果不符" for name in found if name in said and said[name] != found[name]]
    needed = [name for name in ("commit", "drawn", "teams") if name not in said]
    wrong += [f"文件没有写明 {name}" for name in needed]
    if published and published.strip().lower() != found["commit"]:
        wrong.append("承诺值与事先公布的不同：名单、规则、来源或随机串被换过")
    return wrong


def main(arguments: Sequence[str]) -> int:
    """Check a file: 0 when everything follows from the inputs, 1 when not, 2 for what is no such file."""
    try:
        document = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        wrong = differences(document, arguments[1] if len(arguments) > 1 else "")
        found = result(document["inputs"])
    except (IndexError, OSError, ValueError) as error:
        print(f"用法：python draw.py 文件 [事先公布的承诺值]\n{error}", file=sys.stderr)
        return 2
    print(f"编号 {document['inputs']['draw_id']}\n承诺 {found['commit']}\n种子 {found['seed']}")
    for one in found["drawn"]:
        print(f"{one}：{'、'.join(found['teams'][one]) or '（无人）'}{'（人手不足）' if one in found['short'] else ''}")
    print("\n".join(wrong) or "一致：抽取结果由承诺和公开值唯一确定")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
