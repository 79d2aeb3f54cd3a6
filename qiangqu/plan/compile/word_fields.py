"""Fields of Word that show what their instruction says instead of a stored result: equations of the old kind,
buttons (ECMA-376 part 1, 17.16).
"""

import re

_SWITCH = re.compile(r"\\([a-z]{1,2})\s*(\d*)\s*", re.IGNORECASE)
_FORMAT = re.compile(r"\\\*\s*(?:\"[^\"]*\"|\S+)", re.IGNORECASE)
_RINGS = set("○◯〇□△◇")
LONGEST = 2000


def shown_by_instruction(instruction: str) -> str:
    """What a field without a result shows.

    >>> shown_by_instruction(r" eq \\o\\ac(○,3) "), shown_by_instruction(r"EQ \\f(1,2)"), shown_by_instruction("PAGE")
    ('3', '1/2', '')
    >>> shown_by_instruction(r'EQ \\* jc2 \\* "Font:宋体" \\* hps10 \\o\\ad(\\s\\up 9(qu),区)')
    '区'
    """
    name, _space, rest = instruction.strip().partition(" ")
    name = name.upper()
    if name.startswith("EQ"):
        ruby = re.search(r"\\\*\s*hps", instruction, re.IGNORECASE) is not None
        source = _FORMAT.sub("", instruction.strip()[2:])[:LONGEST]
        return _equation(source, 0, ruby, 0)[0].strip()
    if name in ("MACROBUTTON", "GOTOBUTTON"):
        return rest.strip().partition(" ")[2].strip()
    return ""


def _equation(source: str, at: int, ruby: bool, depth: int) -> tuple[str, int]:
    """The text up to the end of one argument, and where that is."""
    out: list[str] = []
    while at < len(source):
        char = source[at]
        if char == "\\" and source[at + 1 : at + 2] in ("\\", ",", ";", "(", ")"):
            out.append(source[at + 1])
            at += 2
        elif char == "\\":
            chain: list[str] = []
            while match := _SWITCH.match(source, at):
                chain.append(match.group(1).lower())
                at = match.end()
                if chain[-1] in ("bc", "lc", "rc", "fc", "vc") and source[at : at + 1] == "\\":
                    at += 2  # the bracket that it names
            if not chain:
                at += 1
            elif source[at : at + 1] == "(" and depth < 40:
                parts, at = _arguments(source, at + 1, ruby, depth + 1)
                out.append(_composed(chain, parts, ruby))
        elif char in ",;)" and depth:
            break
        else:
            out.append(char)
            at += 1
    return "".join(out), at


def _arguments(source: str, at: int, ruby: bool, depth: int) -> tuple[list[str], int]:
    parts: list[str] = []
    while True:
        part, at = _equation(source, at, ruby, depth)
        parts.append(part.strip())
        if at >= len(source) or source[at] == ")":
            return parts, at + 1
        at += 1


def _composed(chain: list[str], parts: list[str], ruby: bool) -> str:
    first = chain[0]
    if first == "f":
        return "/".join(parts)
    if first == "r":
        return "√".join(parts) if len(parts) > 1 else "√" + "".join(parts)
    if first == "o":
        shown = [part for part in parts if part and part not in _RINGS] or parts
        return shown[-1] if ruby and shown else "".join(shown)
    if first == "b":
        return "(" + ",".join(parts) + ")"
    if first == "l":
        return ",".join(parts)
    return "".join(parts)
