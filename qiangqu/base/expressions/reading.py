"""A text becomes a tree of allowed nodes, or one sentence that says what is not allowed and where it
stands.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from qiangqu.base.errors import InputError

from .typed import as_typed

MAX_NUMBER = 1e15
MAX_PREFIXES = 4  # NOT NOT - - …: prefix operators nest without brackets
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")
_NAME = re.compile(r"[^\W\d]\w*")
Node: TypeAlias = exp.Expression

ARITHMETIC = frozenset({exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Paren})
COMPARISONS = frozenset({exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between})
LOGIC = frozenset({exp.And, exp.Or, exp.Not})
CHOICE = frozenset({exp.Case, exp.If, exp.Coalesce, exp.In, exp.Is, exp.Null, exp.Boolean})
LEAVES = frozenset({exp.Column, exp.Identifier, exp.Literal, exp.Anonymous})

#: arguments that an allowed node may carry besides its operands; anything else (FILTER, OVER, ORDER BY, a
#: table name …) is refused
_ARGUMENTS = frozenset(
    [
        "this",
        "expression",
        "expressions",
        "ifs",
        "default",
        "true",
        "false",
        "low",
        "high",
        "offset",
        "decimals",
        "quoted",
        "is_string",
    ]
)
_HARMLESS = frozenset(["typed", "safe", "ignore_nulls", "symmetric", "nulls", "big_int"])


OURS = frozenset({"MIN", "MAX", "SUM", "LEN", "LENGTH"})


class Language(DuckDB):
    """DuckDB's expressions; positions in lists count from 0, and functions that only we give a meaning keep
    their names.
    """

    INDEX_OFFSET = 0

    class Parser(DuckDB.Parser):
        FUNCTIONS = {name: build for name, build in DuckDB.Parser.FUNCTIONS.items() if name not in OURS}
        FUNCTION_PARSERS = {name: read for name, read in DuckDB.Parser.FUNCTION_PARSERS.items() if name not in OURS}


class ExpressionError(InputError):
    """A text that is no allowed expression, or that cannot be worked out. ``position`` counts characters from
    1 (None where it is not known), ``near`` is what stands there."""

    def __init__(self, message: str, *, where: str = "", position: int | None = None, near: str = "") -> None:
        super().__init__(message, where=where)
        self.position, self.near = position, near

    @property
    def place(self) -> str:
        """Where in the text, in words."""
        near = f"“{self.near[:20]}”" if self.near else ""
        return f"第 {self.position} 个字符{near}" if self.position else near


@dataclass(frozen=True)
class Profile:
    """What one user of the reader allows. ``subject`` is what its texts are called in sentences;
    ``functions`` maps own functions to their usage; ``names`` are the names that there are (None: whoever
    reads the tree looks them up). ``may`` says what may be written, ``more`` (``more_if_long``) what to do
    with a text that is too deep (too long), ``functions_are`` where functions are listed, ``no_queries`` the
    sentence about SELECT. ``dotted`` are functions whose first argument may be a name before a dot and one
    behind it. ``python``: the conditions of process designers are read too, and ``"…"`` is a text. ``check``
    looks at each node that the list lets pass."""

    subject: str
    nodes: frozenset[type[Any]]
    functions: Mapping[str, str]
    may: str
    more: str = "请拆短"
    more_if_long: str = ""
    functions_are: str = ""
    no_queries: str = ""
    hints: Mapping[str, str] = field(default_factory=dict)
    arguments: frozenset[str] = frozenset()
    names: Mapping[str, str] | None = None
    dotted: frozenset[str] = frozenset()
    longest: int = 4000
    most_words: int = 1500
    deepest: int = 40
    deepest_tree: int = 120
    texts: bool = True
    python: bool = False
    check: Callable[[Node], None] | None = None


def read(text: str, profile: Profile) -> Node:
    """The tree of ``text`` in which every node is allowed by ``profile``.

    Raises ExpressionError that names the first thing that is not.
    """
    subject = profile.subject
    if not text.strip():
        raise ExpressionError(f"{subject}是空的，请填写")
    if len(text) > profile.longest:
        raise ExpressionError(
            f"{subject}有 {len(text)} 个字符，超过上限 {profile.longest}；{profile.more_if_long or profile.more}"
        )
    plain, places = as_typed(text)
    try:
        tree = _read(plain, profile)
    except ExpressionError as error:
        if plain == text:
            raise
        raise _in_text(error, plain, text, places) from error
    if len(plain) != len(text):
        for node in tree.walk():
            if "start" in node.meta:
                node.meta["start"], node.meta["end"] = places[node.meta["start"]], places[node.meta["end"]]
    return tree


def _in_text(error: ExpressionError, plain: str, text: str, places: list[int]) -> ExpressionError:
    """An error about the plain form as one about what was written: place and words are those of the text."""
    if error.position is None or error.position > len(places):
        return error
    start = error.position - 1
    end = start + len(error.near)
    near = error.near
    if near and plain[start:end] == near:
        near = text[places[start] : places[end - 1] + 1]
    moved = ExpressionError("", position=places[start] + 1, near=near)
    message = error.message.replace(error.place, moved.place) if error.place else error.message
    return ExpressionError(message, where=error.where, position=moved.position, near=near)


def _read(text: str, profile: Profile) -> Node:
    """:func:`read` of a text in the plain form."""
    tree: Node | None = None
    if profile.python:
        from .python import tree_of

        tree = tree_of(text, profile)
    if tree is None:
        tree = _parsed(text, profile)
        tree = _as_python_reads(tree) if profile.python else tree
    _check_tree(tree, profile, text)
    return tree


def names_of(tree: Node) -> frozenset[str]:
    """The names that a tree uses."""
    return frozenset(column.name for column in tree.find_all(exp.Column))


def printed(tree: Node) -> str:
    """The tree as a text that reads as the same tree, but for brackets."""
    copy = tree.copy()
    for node in reversed(list(copy.find_all(exp.Not))):
        # sqlglot writes (NOT a) = b without its brackets, which is another thing
        if not isinstance(node.parent, exp.And | exp.Or | exp.Not | exp.Paren | None):
            node.replace(exp.Paren(this=node.copy()))
    return copy.sql(dialect=Language, normalize_functions=False)


def _as_python_reads(tree: Node) -> Node:
    """``IF(a, b, c)`` and ``None`` as they are read from Python's syntax."""
    for node in reversed(list(tree.find_all(exp.If, exp.Column))):
        if isinstance(node, exp.If) and node.arg_key != "ifs":
            chosen = exp.Case(ifs=[exp.If(this=node.this, true=node.args.get("true"))], default=node.args.get("false"))
            tree = chosen if node is tree else tree
            node.replace(chosen)
        elif isinstance(node, exp.Column) and node.name == "None" and not node.args.get("table"):
            tree = exp.Null() if node is tree else tree
            node.replace(exp.Null())
    return tree


def _texts_quoted(text: str) -> str:
    """``"a text"`` as ``'a text'``, of the same length where it holds no quotation mark: designers of
    processes write texts so.
    """

    def change(found: re.Match[str]) -> str:
        one = found.group()
        return one if one.startswith("'") else "'" + one[1:-1].replace("'", "''") + "'"

    return _QUOTED.sub(change, text)


def _as_written(position: int, text: str, profile: Profile) -> int:
    """Where a character of ``_texts_quoted(text)`` stands in ``text``; both count from 1."""
    if not profile.python:
        return position
    grown = 0
    for found in _QUOTED.finditer(text):
        more = 0 if found.group().startswith("'") else found.group().count("'")
        if position <= found.end() + grown + more:
            return min(position - grown, found.end())
        grown += more
    return position - grown


def _parsed(written: str, profile: Profile) -> Node:
    text = _texts_quoted(written) if profile.python else written
    _check_words(text, profile, written)
    try:
        trees = sqlglot.parse(text, read=Language)
    except SqlglotError as error:
        raise _syntax(error, profile, written) from error
    except RecursionError as error:
        raise ExpressionError(f"{profile.subject}嵌套过深，{profile.more}") from error
    if len(trees) != 1 or trees[0] is None:
        raise ExpressionError(f"{profile.subject}只能是一个式子，不能有分号")
    tree: Any = trees[0]
    return tree  # type: ignore[no-any-return]


def _check_words(text: str, profile: Profile, written: str) -> None:
    subject = profile.subject
    try:
        tokens = sqlglot.tokenize(text, read=Language)
    except SqlglotError as error:
        raise _syntax(error, profile, written) from error
    if len(tokens) > profile.most_words:
        raise ExpressionError(f"{subject}有 {len(tokens)} 个词，超过上限 {profile.most_words}；{profile.more}")
    depth = run = 0
    for token in tokens:
        if token.token_type in (TokenType.L_PAREN, TokenType.CASE, TokenType.L_BRACKET, TokenType.L_BRACE):
            depth += 1
        elif token.token_type in (TokenType.R_PAREN, TokenType.END, TokenType.R_BRACKET, TokenType.R_BRACE):
            depth -= 1
        run = run + 1 if token.token_type in (TokenType.DASH, TokenType.NOT, TokenType.TILDE, TokenType.PLUS) else 0
        if depth > profile.deepest or run > MAX_PREFIXES:
            place = _as_written(token.start + 1, written, profile)
            raise ExpressionError(
                f"{subject}嵌套超过 {profile.deepest} 层，{profile.more}", position=place, near=token.text
            )
        if token.token_type == TokenType.SEMICOLON:
            place = _as_written(token.start + 1, written, profile)
            raise ExpressionError(f"{subject}只能是一个式子，不能有分号", position=place, near=";")


def _syntax(error: SqlglotError, profile: Profile, written: str) -> ExpressionError:
    details = getattr(error, "errors", None) or [{}]
    before, mark = (str(details[0].get(name) or "") for name in ("start_context", "highlight"))
    near = mark.strip()[:30]
    # the parser counts columns within lines and counts some line ends twice: what stands before is surer
    text = _texts_quoted(written) if profile.python else written
    start = text.find(before + mark) if near else -1
    if start >= 0:
        position = _as_written(start + len(before) + len(mark) - len(mark.lstrip()) + 1, written, profile)
        place = ExpressionError("", position=position, near=near).place
        said = f"{profile.subject}写法有误：{place}附近看不懂，请检查括号、逗号和运算符"
        return ExpressionError(said, position=position, near=near)
    return ExpressionError(f"{profile.subject}写法有误，请检查括号、引号、逗号和运算符")


# ---------------------------------------------------------------- the allow-list


def _check_tree(tree: Node, profile: Profile, text: str) -> None:
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > profile.deepest_tree:
            raise ExpressionError(f"{profile.subject}连写或嵌套超过 {profile.deepest_tree} 层，{profile.more}")
        try:
            _check_node(node, profile)
        except ExpressionError as error:
            if error.position is None:
                error.position, error.near = _place(node, text)
            raise
        for child in node.args.values():
            for each in child if isinstance(child, list) else [child]:
                if isinstance(each, exp.Expression):
                    stack.append((each, depth + 1))


def _place(node: Node, text: str) -> tuple[int | None, str]:
    """Where a node's own words stand first in the text, or its first name."""
    named = isinstance(node, exp.Func) and not isinstance(node, exp.Anonymous)
    words = str(node.this) if isinstance(node, exp.Literal) else node.sql_name() if named else ""
    found = text.lower().find(words.lower()) if words else -1
    if found >= 0:
        return found + 1, text[found : found + len(words)]
    for one in node.walk():
        start = one.meta.get("start") if isinstance(one, exp.Identifier | exp.Anonymous) else None
        if start is not None:
            return int(start) + 1, text[int(start) : int(one.meta["end"]) + 1]
    return None, ""


def _check_node(node: Node, profile: Profile) -> None:
    subject = profile.subject
    if type(node) not in profile.nodes:
        raise ExpressionError(_forbidden(node, profile))
    if any(wanted and node.args.get(name) is None for name, wanted in node.arg_types.items()):
        # sqlglot reads "@" as |nothing|
        raise ExpressionError(f"{subject}写法有误：运算符或函数缺少它的数，请补上")
    if isinstance(node, exp.Anonymous):
        name = str(node.this).lower()
        if name not in profile.functions:
            raise ExpressionError(_no_function(str(node.this)[:40], profile))
        node.set("this", name)
    if isinstance(node, exp.Column):
        _check_name(node, profile)
    if isinstance(node, exp.Identifier):
        node.set("quoted", False)  # a name is a name, however it is spelled
    if isinstance(node, exp.Is) and not isinstance(node.expression, exp.Null | exp.Boolean):
        raise ExpressionError(f"{subject}中 IS 后只能是 NULL、TRUE 或 FALSE")
    if isinstance(node, exp.Literal):
        if not node.is_string:
            number_in(node)
        elif not profile.texts:
            raise ExpressionError(f"{subject}中不能有文字，只能有数字")
    if profile.check is not None:
        profile.check(node)
    for name, value in node.args.items():
        if name in _ARGUMENTS or name in profile.arguments or name in _HARMLESS or value in (None, False, []):
            continue
        if name in ("table", "db", "catalog"):
            continue
        raise ExpressionError(f"{subject}中不能写“{node.sql()[:60]}”这种形式，请改写成简单的式子")


def _check_name(node: exp.Column, profile: Profile) -> None:
    subject = profile.subject
    if not isinstance(node.this, exp.Identifier) or (node.args.get("table") and not _is_dotted(node, profile)):
        if profile.names is not None:
            known = "、".join(profile.names)
            raise ExpressionError(f"{subject}中没有“{node.sql()[:40]}”；可用的量：{known}")
        raise ExpressionError(f"{subject}中不能写“{node.sql()[:40]}”：名称前不能带表名，也不能用 *")
    if profile.names is not None and node.name.lower() not in profile.names:
        raise ExpressionError(f"{subject}中没有“{node.sql()[:40]}”；可用的量：{'、'.join(profile.names)}")
    if profile.python and node.name.startswith("_"):
        raise ExpressionError(f"不允许以下划线开头的名字 {node.name[:40]}")
    if profile.python and not _NAME.fullmatch(node.name):
        raise ExpressionError(f"“{node.name[:40]}”不是字段名")


def _is_dotted(node: exp.Column, profile: Profile) -> bool:
    """Whether ``one.other`` stands where the profile lets it stand."""
    call = node.parent
    first = isinstance(call, exp.Anonymous) and bool(call.expressions) and call.expressions[0] is node
    return first and str(call.this).lower() in profile.dotted and not node.args.get("db")


def number_in(node: exp.Literal) -> float:
    """The number that a literal states. Raises ExpressionError for one beyond :data:`MAX_NUMBER`."""
    try:
        value = float(node.this)
    except ValueError as error:
        raise ExpressionError(f"“{str(node.this)[:20]}”不是数字") from error
    if not abs(value) <= MAX_NUMBER:
        raise ExpressionError(f"数字 {str(node.this)[:20]} 太大")
    return value


def _no_function(name: str, profile: Profile) -> str:
    hint = profile.hints.get(name.lower(), profile.functions_are or f"可用：{'、'.join(profile.functions)}")
    return f"{profile.subject}中不能使用函数 {name}；{hint}"


def _forbidden(node: Node, profile: Profile) -> str:
    subject = profile.subject
    if isinstance(node, exp.Select | exp.Subquery | exp.SetOperation | exp.Exists | exp.With):
        return profile.no_queries or f"{subject}中不能写子查询（SELECT），{profile.may}"
    if isinstance(node, exp.Func) and not isinstance(node, exp.Case | exp.Cast):
        return _no_function(node.sql_name().lower(), profile)
    return f"{subject}中不能写“{node.sql()[:40]}”，{profile.may}"
