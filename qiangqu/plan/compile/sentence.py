"""The state in which one sentence is read, and what a target is."""

import re
from dataclasses import dataclass, field
from typing import Literal

from . import phrases as ph
from .numbers import Mention
from .signs import SIGN_AFTER, Comparator
from .years import Stated

Kind = Literal["level", "growth", "annual_growth", "share", "count", "change", "cumulative", "yearly"]
Effort = Literal["firm", "strive"]
YearFrom = Literal["stated", "carried", "heading", "plan", "none"]


MAX_CLAUSE = 240  # characters; no real clause is longer


@dataclass
class Context:
    """What the document says around a block."""

    goal_year: int | None = None
    start_year: int | None = None
    this_year: int | None = None  # what 今年 means
    heading_year: int | None = None
    owner: str = ""  # what the measure is about, for names such as 产值 that need an owner
    in_goals: bool = False
    preamble: bool = False  # text before the first heading: background unless it names a goal year
    carried: int | None = None  # last goal year of the block
    past: bool = False  # the block is telling the past


@dataclass
class Target:
    """One target at ``start:end`` of the clean text of a block."""

    indicator: str
    comparator: Comparator
    value: float | None
    value_max: float | None
    unit: str | None
    year: int | None
    kind: Kind
    effort: Effort
    start: int
    end: int
    year_from: YearFrom = "stated"
    direction: Literal["up", "down"] = "up"
    doubts: list[str] = field(default_factory=list)
    standard: bool = False  # a service standard, no goal


@dataclass
class Reading:
    """How the words before a quantity read, signs and verbs taken off."""

    phrase: str
    sign: Comparator | None = None
    change: Literal["", "up", "down"] = ""
    annual: bool = False
    each: bool = False  # 均, 都, 各
    separately: bool = False  # 分别
    signed: bool = False  # a reaching verb stands before the value


@dataclass
class Sentence:
    """One sentence being read from left to right."""

    text: str
    context: Context
    protected: list[tuple[int, int]]
    years: list[Stated]
    found: list[Target] = field(default_factory=list)
    standards: list[Target] = field(default_factory=list)  # service standards, kept apart
    last_run: list[str] = field(default_factory=list)
    cursor: int = 0  # everything before it has been used
    spoken: str = ""  # the measure whose past value was told: 去年产值已达300亿元，今年达到360亿元
    pending: str = ""  # a rate announced with a colon, for the list behind it
    factual: bool = False  # the sentence reports figures (…为2.64)
    acting: bool = False  # a verb of action governs the list being read

    def stop(self, mention: Mention) -> int:
        """End of a mention with the sign behind it (以上, 左右)."""
        if mention.form != "number":
            return mention.end
        after = SIGN_AFTER.match(self.text, mention.end)
        if after and after.group() in "余多" and mention.unit:
            return mention.end
        return after.end() if after else mention.end

    def sign_after(self, mention: Mention) -> str:
        return self.text[mention.end : self.stop(mention)]

    def boundary(self, at: int, floor: int | None = None) -> int:
        """Start of the clause that holds ``at``, not before ``floor`` (the cursor)."""
        floor = max(self.cursor if floor is None else floor, at - MAX_CLAUSE)
        depth = 0
        for index in range(at - 1, floor - 1, -1):
            char = self.text[index]
            if char in "）”》】":
                depth += 1
            elif char == "（" and depth == 0:
                return index + 1  # inside a remark: （其中…）
            elif char in "（“《【":
                depth = max(0, depth - 1)
            elif depth == 0 and char in "，；：":
                return index + 1
        return floor

    def clause_end(self, at: int) -> int:
        """First clause mark at or after ``at``."""
        match = re.compile(r"[，；：。！？]").search(self.text, at)
        return match.start() if match else len(self.text)

    def goal_year_before(self, at: int) -> Stated | None:
        goals = [y for y in self.years if y.end <= at and y.role == "goal" and not self._interim(y, at)]
        return goals[-1] if goals else None

    def _interim(self, year: Stated, at: int) -> bool:
        """“其中2025年不少于90万亩，…”: the year holds for its own clause only."""
        among = re.search(r"其中[^，。；]{0,4}$", self.text[: year.start]) is not None
        return among and re.search(r"[，；]", self.text[year.end : at]) is not None

    def aims(self, at: int) -> bool:
        """The words before ``at`` show that the sentence states goals."""
        return bool(
            self.found
            or self.context.in_goals
            or self.context.carried
            or self.goal_year_before(at)
            or re.search(r"力争|确保|争取|目标|全年|每年|累计|年均", self.text[:at])
        )

    def yearly(self, at: int) -> bool:
        """每年 governs the value at ``at``."""
        start = max(self.text.rfind("；", 0, at) + 1, self.cursor - 30, 0)
        before = self.text[start:at]
        matches = list(YEARLY.finditer(before))
        if not matches:
            return False
        between = before[matches[-1].end() :]
        if "，" in between and re.search(r"(?:达到?|超过|突破|保持在|稳定在)$", between):
            return False  # 每年创建一个景区，4A级景区达到200家: how many there are in the end
        return between.count("，") <= 1 and not re.search(r"到20\d\d年|累计|总(?:量|数)|增长|提高|下降", between)


YEARLY = re.compile(
    r"每年|逐年|每年度|年均(?=新增|实施|培育|引进|建设|完成|开展|培训|组织|举办|新建|改造|推广|转化|新认定|净增|吸纳|淘汰|植树|造林|治理|培养|发放|消化|服务)"
)


def clean_name(phrase: str) -> str:
    """Noun phrase as an indicator name, without judging its verbs."""
    return ph.polish(ph.clean_tail(ph.clean_lead(phrase)))
