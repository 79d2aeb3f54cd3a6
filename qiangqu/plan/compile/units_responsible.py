"""Responsible units: notes such as （责任单位：…） or （…牵头，…配合） and the names in them.

Choice on names: a name stays as the document writes it, once. A list like “自治区科技厅、财政厅” is not
rewritten to “自治区财政厅”, because a prefix is not always shared (“省科技厅、银保监局”). But when one
document writes the same unit both ways (“财政厅” and “自治区财政厅”) and only one prefixed form exists, the
prefixed form is used everywhere.
"""

import re
from dataclasses import dataclass, field

from .normalise import Normalised

_WHO = r"(?:单位|部门|处室|科室|主体|机构|主管部门|责任单位|责任部门|责任主体|和责任单位)"
LABEL = re.compile(
    r"(?:省级|市级|市直|省直|区级|县级|自治区)?"
    rf"(?P<role>主要责任|共同责任|责任|牵头负责|牵头|主责|配合|协同|协助|负责|主办|协办|承办|主管|主要|实施|参与|参加|参建|落实|执行|支持|督导|组织){_WHO}"
    r"(?:及配合单位|和配合单位|、配合单位|和参与单位)?[：:]"
)
OTHER_LABEL = re.compile(
    r"(?:完成时限|完成时间|时间节点|时限要求|时限|责任人|责任领导|牵头领导|分管领导|包抓领导|联系人|进度安排|实施期限|目标)[：:]"
)
TAIL = re.compile(
    r"(?:等)?(?:有关|相关)?(?:部门|单位)?(?:按照|依据|根据|按)?(?:各自)?(?:职责|职能)?(?:分工)?(?:分别|共同|具体|牵头|组织|抓好)?(?:负责落实|负责|落实|牵头|配合|参与|实施|推进|推动|执行|督促|参加|各负其责)$"
)
# What a note says of the work behind the last name: 结合实际落实, 负责组织实施, 按要求抓好贯彻 …
DUTY_TAIL = re.compile(
    r"(?:(?:要|应|须)?(?:结合|立足|对照|围绕)(?:各自|本地|本地区|自身|当地|工作|部门)?(?:的)?(?:实际|职能|职责|情况|特点)(?:情况)?|(?:按|按照|依|依据|根据)(?:各自|工作|有关|相关)?(?:属地管理原则|属地原则|原则|要求|规定|程序|职责|权限|任务|计划|分工)|"
    r"各司其职|各负其责|密切配合|密切|协同配合|协调配合|通力协作|属地负责|按职责|分级|分别|分头|共同|具体|认真|统筹|组织|牵头|负责|抓好|做好|贯彻|落实|实施|推进|推动|开展|执行|配合|参与|参加|协助|督促|落地|到位)+$"
)
SUPPORT = {"配合", "协同", "协助", "协办", "参与", "参加", "支持", "参建"}
LEAD = {"牵头", "牵头负责", "主责", "主办", "主要责任", "主要"}

ORGANISATION = re.compile(
    r"(?:厅|局|委|办|部|院|会|署|处|室|馆|社|司|行|校|站|台|队|组|所|府|公司|集团|中心|政府|部门|单位|企业|机构|协会|联盟|高校|大学|学院|医院|"
    r"银行|开发区|园区|基地|高新区|经开区|新区|示范区|自贸区|区|县|市|州|盟|旗|镇|街道|乡|管委会|党委|办公室|网|电|油|铁路|机场|总工会|工商联|社科联|科协|文联|残联|妇联|团委|学会|商会|研究院|法院|检察院|法检|等)$"
)
STRICT_ORGANISATION = re.compile(
    r"(?:厅|局|委|办|部|院|署|处|公司|集团|中心|政府|部门|单位|协会|大学|学院|医院|银行|管委会|党委|办公室|总工会|工商联|科协|委员会|分行|支行|联社|商会|研究所|研究院)$"
)
EXPLANATION = re.compile(r"下同|以下|不再|均需|列第一|排在?第?一|排名第一|首位|以下简称|除外|为牵头单位")
PREFIXES = ("自治区", "兵团", "省", "市", "县", "区", "州", "盟", "旗", "国家", "新区")


@dataclass
class Note:
    """A responsibility note at ``start:end`` of a clean text."""

    start: int
    end: int
    lead: list[str] = field(default_factory=list)
    supporting: list[str] = field(default_factory=list)
    responsible: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys([*self.lead, *self.responsible, *self.supporting]))


OPENERS = {"（": "）", "【": "】", "[": "]", "〔": "〕"}


MAX_NOTE = 1500  # characters; a longer bracket is no responsibility note
MAX_DEPTH = 3


def _brackets(text: str) -> dict[int, int]:
    """Start → index of the closing bracket, for brackets that close and are not nested deeply."""
    closers = {closer: opener for opener, closer in OPENERS.items()}
    stack: list[int] = []
    found: dict[int, int] = {}
    for index, char in enumerate(text):
        if char in OPENERS:
            stack.append(index)
        elif char in closers and stack:
            for back in range(len(stack) - 1, max(-1, len(stack) - 4), -1):
                if text[stack[back]] == closers[char]:
                    if back < MAX_DEPTH and index - stack[back] <= MAX_NOTE:
                        found[stack[back]] = index
                    del stack[back:]
                    break
    return found


def find_notes(norm: Normalised, source: str) -> list[Note]:
    """Every responsibility note of one block."""
    text = norm.text
    notes: list[Note] = []
    closes = _brackets(text)
    at = 0
    bracket = re.compile(r"[（【\[〔]")
    label = LABEL.search(text)
    while at < len(text):
        match = bracket.search(text, at)
        if label and label.start() < at:
            label = LABEL.search(text, at)
        if label and (match is None or label.start() < match.start()):
            # A line of its own, or the last words of a paragraph: up to the full stop.
            before = text[: label.start()]
            if before and not re.search(r"[。；！？：）】）]$|^[（(]?[\d一二三四五六七八九十]{0,3}[）).、]?$", before):
                at = label.end()
                continue
            stop = text.find("。", label.end())
            end = len(text) if stop < 0 else stop
            notes.append(_read(norm, source, label.start(), end, label.start(), end))
            at = end
            continue
        if match is None:
            break
        start = match.start()
        close = closes.get(start, -1)
        if close < 0:
            # An opened note that never closes is still a note when its label stands right behind the bracket.
            if label and label.start() - start <= 12:
                close = min(len(text), start + MAX_NOTE)
            else:
                at = start + 1
                continue
        inside = text[start + 1 : close]
        first = LABEL.search(inside)
        if (first and (first.start() <= 12 or re.fullmatch(r"[^：:]*[；，。、]", inside[: first.start()]))) or (
            TAIL.search(re.split(r"[，；。](?=以下|下同|不再)", inside.rstrip("。"), maxsplit=1)[0])
            and _mentions_unit(inside)
        ):
            notes.append(_read(norm, source, start + 1, close, start, min(len(text), close + 1)))
            at = close + 1
        else:
            at = start + 1
    return [note for note in notes if note.names]


def _mentions_unit(text: str) -> bool:
    return re.search(r"厅|局|委|办|部|政府|管委会|银行|公司|中心|院|单位", text) is not None


def _read(norm: Normalised, source: str, start: int, end: int, note_start: int, note_end: int) -> Note:
    """Names in ``text[start:end]``; spaces of the source between two names part them."""
    chars: list[str] = []
    for index in range(start, end):
        if index > start:
            left, right = norm.offsets[index - 1] + 1, norm.offsets[index]
            between = source[left:right] if right > left else ""
            if (
                between
                and "\n" not in between
                and between.strip("*_")
                and STRICT_ORGANISATION.search("".join(chars[-4:]))
            ):
                chars.append("、")
        chars.append(norm.text[index])
    text = "".join(chars)
    note = Note(note_start, note_end)
    marks = sorted(
        [(m.start(), m.end(), m.group("role")) for m in LABEL.finditer(text)]
        + [(m.start(), m.end(), "") for m in OTHER_LABEL.finditer(text)]
    )
    if not marks:
        marks = [(0, 0, "责任")]
    for index, (_begin, stop, role) in enumerate(marks):
        until = marks[index + 1][0] if index + 1 < len(marks) else len(text)
        if not role:
            continue
        _assign(note, text[stop:until], role)
    return note


def _assign(note: Note, text: str, role: str) -> None:
    """Put the names of ``text`` under their role; “A牵头，B配合” inside a list decides for itself."""
    for part in re.split(r"[；;。]", text):
        pending: list[str] = []
        pieces = split_names(part)
        for raw, name in pieces:
            if name:
                pending.append(name)
            if re.search(r"牵头(?:负责|组织)?$", raw):
                note.lead.extend(pending)
                pending = []
            elif re.search(r"(?:配合|参与|参加|协助)$", raw):
                note.supporting.extend(pending)
                pending = []
        target = note.lead if role in LEAD else note.supporting if role in SUPPORT else note.responsible
        target.extend(pending)


def split_names(text: str) -> list[tuple[str, str]]:
    """(piece as written, cleaned name) of a list of units.

    >>> [n for _, n in split_names("自治区科技厅、工业和信息化厅，各市、县（区）人民政府等按职责分工负责")]
    ['自治区科技厅', '工业和信息化厅', '各市、县（区）人民政府']
    """
    pieces: list[tuple[str, str]] = []  # separator before, piece
    depth = 0
    current = ""
    separator = ""
    for char in text:
        if char in "（(":
            depth += 1
        elif char in "）)":
            depth = max(0, depth - 1)
        if depth == 0 and char in "、，,；; \t/|":
            pieces.append((separator, current))
            separator, current = char, ""
            continue
        current += char
    pieces.append((separator, current))
    joined: list[tuple[str, str]] = []
    for sep, piece in pieces:
        piece = piece.strip(" 。.：:\n")
        if not piece:
            continue
        if joined and sep == "、":
            before = joined[-1][1]
            bare = piece in ("单位", "部门", "机构", "企业", "组织", "区", "县") or re.fullmatch(
                r"(?:单位|部门)等?", piece
            )
            collective = (
                before.startswith(("各", "有关", "相关")) and re.search(r"[市县区州盟旗）镇乡]$", before) is not None
            )
            if bare or (
                collective
                and re.match(r"(?:[县市区州盟旗乡镇（]|自治县|街道)(?!直|级)", piece)
                and not re.match(r"[市区县州省][^、（级]{1,8}(?:局|委|办|厅|部)$", piece)
            ):
                joined[-1] = (joined[-1][0], before + "、" + piece)
                continue
        joined.append((sep, piece))
    _share_government(joined)
    result: list[tuple[str, str]] = []
    for _sep, piece in joined:
        for part in _split_conjunction(piece):
            result.append((part, clean_name(part)))
    return [(raw, name) for raw, name in result if name or raw]


def _share_government(pieces: list[tuple[str, str]]) -> None:
    """“云台县、白石县人民政府” names two governments: bare places take the ending of the next piece."""
    for index in range(len(pieces) - 2, -1, -1):
        separator, piece = pieces[index]
        following = pieces[index + 1]
        ending = re.search(r"(?:人民政府|政府|党委、政府|管委会)$", following[1])
        place = re.fullmatch(r"[一-龥]{1,7}(?:县|市|区|旗|州|盟|镇|乡)", piece)
        if (
            ending
            and place
            and following[0] == "、"
            and not piece.endswith(("开发区", "园区", "新区", "示范区", "高新区", "经开区", "功能区", "保税区"))
            and not piece.startswith(("各", "有关"))
        ):
            pieces[index] = (separator, piece + ending.group())


def _split_conjunction(piece: str) -> list[str]:
    """Split at 和, 及, 以及, 会同 where the left side already ends like an organisation."""
    parts: list[str] = []
    rest = piece
    at = 0
    pattern = re.compile(r"以及|会同|联合|和|及|与")
    while True:
        match = pattern.search(rest, at)
        if not match:
            parts.append(rest)
            return parts
        left, right = rest[: match.start()], rest[match.end() :]
        word = match.group()
        left_name = re.sub(r"（[^（）]*）$", "", left)
        right_ok = (len(right) >= 2 and not right.startswith(("其他", "相关"))) or right.startswith(("有关", "各"))
        inside_bracket = left.count("（") > left.count("）")
        # 中国共产党XX市委和… ; 委 as in 国资委, 部 as in 宣传部: but never 发展和改革委, 工业和信息化厅.
        if (
            STRICT_ORGANISATION.search(left_name)
            and right_ok
            and not inside_bracket
            and len(left) >= 3
            and not (word == "联合" and right.startswith("会"))
        ):
            parts.append(left)
            rest, at = right, 0
        else:
            at = match.end()


def clean_name(piece: str) -> str:
    """Name without the words around it; "" when the piece names no unit."""
    name = piece.strip(' 。.，、：:“”"')
    name = re.sub(r"^(?:由|请|其中|以及|及|和|分别由|责任单位|牵头单位|配合单位)(?=.{2,})", "", name)
    name = re.sub(
        r"（(?:按职责分工|牵头|配合|排名第一|主要|负责|列首位|下同|以下|不再|均需|列第一位)[^（）]*）$", "", name
    )
    previous = None
    while previous != name:
        previous = name
        name = DUTY_TAIL.sub("", name)
        name = re.sub(
            r"(?:按照?|依据|根据)(?:各自)?(?:职责|职能|任务|有关)?(?:任务)?(?:分工)?(?:分别|共同|抓好|做好|组织)?(?:负责|落实|实施|推进)?(?:落实)?$",
            "",
            name,
        )
        name = re.sub(r"(?:共同|分别|具体|牵头|各自)?(?:负责落实|负责|牵头|配合|落实|参与|参加|协助)$", "", name)
        name = re.sub(
            r"等(?:有关|相关|市级|省级|市直|省直|责任|成员)*(?:部门|单位|部门（单位）|部门和单位)?$", "", name
        )
        name = name.strip(" 。，、：:；;")
    if not name or len(name) > 45 or EXPLANATION.search(name):
        return ""
    if re.fullmatch(r"(?:长期|持续)?(?:坚持|推进|实施)|20\d\d年.*|\d.*|长期|全年|立即", name):
        return ""
    if re.fullmatch(r"[一-龥A-Za-z0-9（）()、·\-—“”《》〔〕\[\]]{2,45}", name) is None:
        return ""
    return name


def unify(all_names: list[str]) -> dict[str, str]:
    """Short form → prefixed form where the document has both and only one prefixed form fits.

    >>> unify(["自治区财政厅", "财政厅", "市财政局"])["财政厅"]
    '自治区财政厅'
    """
    present = set(all_names)
    result: dict[str, str] = {}
    for name in present:
        longer = [prefix + name for prefix in PREFIXES if prefix + name in present]
        result[name] = longer[0] if len(longer) == 1 else name
    return result
