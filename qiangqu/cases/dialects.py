"""Conditions and decision entries as other modellers write them, turned into our expressions
(:mod:`.expressions`).

Camunda 7 and Flowable write JUEL (``${amount > 100 && approved}``), Camunda 8 writes FEEL (``= amount > 100
and approved = true``), DMN tables write FEEL unary tests (``> 5``, ``[1..5]``, ``"a","b"``, ``not("a")``).
Only wording is translated; what is then not on the allow-list is refused there.

>>> from_condition('${amount >= 100 && !approved}'), from_condition('= amount = 5 and done = true')
('amount >= 100 and not approved', 'amount == 5 and done == True')
>>> from_unary('"a", "b"'), from_unary('[1..5]'), from_unary('not("a")'), from_unary('-'), from_unary('"a,b"')
('? in ["a", "b"]', '1 <= ? <= 5', 'not (? == "a")', None, '"a,b"')
"""

import re

_STRINGS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_WORDS = {
    "true": "True",
    "false": "False",
    "null": "None",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "ge": ">=",
}
_WORD = re.compile(r"(?<![\w.])(true|false|null|eq|ne|lt|gt|le|ge)(?![\w(])")
_INTERVAL = re.compile(r"([\[\(\]])\s*(-?[\w.\"-]+)\s*\.\.\s*(-?[\w.\"-]+)\s*([\]\)\[])\Z")


def outside_strings(text: str, change: "object") -> str:
    """``change`` applied to the pieces of ``text`` that lie outside quotation marks."""
    pieces, last = [], 0
    for found in _STRINGS.finditer(text):
        pieces += [change(text[last : found.start()]), found.group()]  # type: ignore[operator]
        last = found.end()
    return "".join([*pieces, change(text[last:])])  # type: ignore[operator]


def from_condition(text: str) -> str:
    """A condition of a sequence flow, a timer or a decision input as our expression."""
    text = " ".join(text.split())
    feel = text.startswith("=") and not text.startswith("==")
    if feel:
        text = text[1:]
    elif text.startswith(("${", "#{")) and text.endswith("}") and text.count("{") == 1:
        text = text[2:-1]
    return outside_strings(text, lambda piece: _words(piece, feel)).strip()


def _words(piece: str, feel: bool) -> str:
    piece = piece.replace("&&", " and ").replace("||", " or ")
    piece = re.sub(r"!(?!=)", " not ", piece)
    if feel:
        piece = re.sub(r"(?<![<>!=])=(?!=)", "==", piece)
    piece = _WORD.sub(lambda found: _WORDS[found.group(1)], piece)
    return re.sub(r" {2,}", " ", piece)


def from_unary(text: str | None) -> str | None:
    """An input entry of a decision table as a test of ``?`` (or a bare value or comparison); None for
    "any".
    """
    text = " ".join((text or "").split())
    if text in ("", "-"):
        return None
    negated = re.fullmatch(r"not\s*\((.*)\)", text)
    if negated:
        inner = from_unary(negated.group(1))
        return None if inner is None else f"not ({_as_test(inner)})"
    parts = _split(text)
    if len(parts) > 1:
        tests = [from_unary(part) or "True" for part in parts]
        if all(not _is_test(test) for test in tests):
            return f"? in [{', '.join(tests)}]"
        return " or ".join(f"({_as_test(test)})" for test in tests)
    interval = _INTERVAL.match(text)
    if interval:
        left, low, high, right = interval.groups()
        return f"{low} {'<=' if left == '[' else '<'} ? {'<=' if right == ']' else '<'} {high}"
    return outside_strings(text, lambda piece: _words(piece, False)).strip()


def _split(text: str) -> list[str]:
    """At commas outside quotation marks and brackets."""
    masked = _STRINGS.sub(lambda found: "x" * len(found.group()), text)
    parts, depth, last = [], 0, 0
    for place, char in enumerate(masked):
        if char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[last:place].strip())
            last = place + 1
    return [*parts, text[last:].strip()]


def _is_test(test: str) -> bool:
    return "?" in _STRINGS.sub("", test) or test.startswith(("<", ">", "!", "="))


def _as_test(test: str) -> str:
    if "?" in _STRINGS.sub("", test):
        return test
    return f"? {test}" if test.startswith(("<", ">", "!=", "==")) else f"? == {test}"
