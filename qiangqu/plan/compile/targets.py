"""Sentences → targets: which quantities are goals, what they are called, and which sign and year they have."""

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from . import phrases as ph
from .numbers import AFTER, BEFORE, COUNT, EXTENT, SIGN_AFTER, SIGN_BEFORE, TIME, Comparator, Mention, find_mentions, protected_spans, word_mentions
from .years import FUTURE, PAST, Stated, stated_years

Kind = Literal["level", "growth", "annual_growth", "share", "count", "change", "cumulative", "yearly"]


@dataclass
class Context:
    """What the document says around a block."""

    goal_year: int | None = None
    start_year: int | None = None
    heading_year: int | None = None
    owner: str = ""  # what the measure is about, for names such as 产值 that need an owner
    in_goals: bool = False
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
    effort: Literal["firm", "strive"]
    start: int
    end: int
    year_from: Literal["stated", "carried", "heading", "plan", "none"] = "stated"
    direction: Literal["up", "down"] = "up"
    doubts: list[str] = field(default_factory=list)


@dataclass
class _Reading:
    """How the words before a quantity read."""

    phrase: str  # noun phrase, signs and verbs taken off
    start: int  # where the piece starts
    sign: Comparator | None
    change: Literal["", "up", "down"]
    annual: bool
    each: bool  # 均, 都, 各
    separately: bool  # 分别
    compared: bool  # 高于…N个百分点
    signed: bool  # a reaching verb stands before the value


SENTENCE_END = "。！？!?"
SKIP_BEFORE = re.compile(r"(?:围绕|聚焦|涉及|涵盖|覆盖全|包括|包含|含|分为|分|按照|坚持|依托|针对|面向|现有|已有|已建成|已|共有|上述|以下|如下|这|该|全部|全国|其余|连续|最高|不同|同一|任意|其他|在|对|从|与|同)$")
SKIP_START = re.compile(r"^(?:围绕|聚焦|立足|针对|面向|依托|按照|坚持|落实|贯彻|以|对于?|在|从|由|根据)")
EMPTY_HEADS = re.compile(r"(?:领域|方面|环节|方向|阶段|层面|维度|原则|抓手|步骤|问题|短板|层级|要素|关键|维|部门|专班|小组|文件|批次|步|轮|类别|等级|档次|梯次|时段|季度|途径|特点)$")
POLICY = re.compile(r"给予|奖励|奖补|补助|补贴|资助|贴息|减免|免征|返还|罚款|扣除|封顶|减按|加计|授信额度|单户|注册资本|额度(?:最高|不超过)|一次性|最高不超过|违约金|税率|按[^，]{0,12}比例")
POLICY_ANYWAY = re.compile(r"(?:资金|基金|规模|总额|支出|贷款|余额)(?:总量|总额|规模)?(?:达到|超过|突破|不少于|不低于)")
PROJECT_LIKE = re.compile(r"(?:项目|装置|机组|工程|基地|电站|生产线|企业|园区|集群|产业|公司|码头|泊位|机场|航道|线路|变电站|水厂|电厂|风电场|级|以上|园|城|镇|厂|站|示范区|标准|产业链|产业带)$")
DESCRIBED = re.compile(r"(?:以上|以下|及以上|左右)?(?:的)?(?:大型|重点|重大|龙头|骨干|工业|规上|优质|头部|领军|制造业|新增|优势|特色)*(?:企业|园区|项目|产业集群|集群|产业|县|镇|乡|村|基地|开发区|平台|单位|用户|产业链|街区|商圈|大户|品牌|单品|专业村|大县|产业园|领军|链主|机组|锅炉|工程|农户|家庭农场)")
STOP_AFTER = re.compile(r"(?:和|及(?!时)|与|并(?!网)|且|或|以及|其中|达到|实现|完成|开展|通过|进入|纳入|用于|投入|为|是|占|比|较|后|建成|投产|上线|以上|左右|目标|任务|的目标|的任务|参与|入选|成为|力争|确保|，|。|；|：|、|）|！|？|”|$|每|各(?!类)|\)|/|—|\+)")
PREDICATE = re.compile(r"(?:不断|持续|进一步|更加|显著|明显|稳步|大幅|基本|快速|蓬勃|加快|全面|实现|取得|得到|达到|逐步|有效|稳定|较快|保持|走在|初步|力争|建设|发展|迈上|提升|壮大|成为|做大|形成|有力|健康|优化|位居)")
OWNER_END = re.compile(r"(?:产业|工业|农业|制造业|服务业|业|经济|集群|园区|开发区|产业链|行业|贸易|电商|旅游|物流|中药材|奶牛|肉牛|葡萄酒|枸杞|粮食|林草|旅游业|消费|金融|外贸|会展|算力|氢能|新能源|储能|新材料|装备|软件|芯片|集成电路|人工智能|大数据)$")
INVERTED = re.compile(r"(?:以上|左右)?(?:的)?(?P<who>[^，。；、的]{2,18}?(?:企业|学校|医院|乡镇|机构|村|社区|园区|家庭|农户|县|市|区|设备|产品|建筑|单位|人员|教师|中小学|人口|居民|县城|行政村|院校|服务中心|卫生院|干部|用户|车辆|项目))(?P<what>(?:实现|完成|达到|建有|设立|开展|建立|具备|接入|应用|实施|拥有|通过|建成|使用|参加|配备|上|有|进入|纳入|开设|覆盖|获得)[^，。；]{2,24})(?=[，。；]|$)")
CHANGE_RATE = re.compile(r"(?:以上|左右)?的?(?:速度|增速|比例|幅度|增幅)(?:增长|递增|提高|增加|提升|下降|递减)")
DURATION = re.compile(r"(?:天数|时间|时长|周期|时限|年限|寿命|期限|小时数|预期|工期|半径|间隔|日数|时数)$")


def split_sentences(text: str, blocked: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of the sentences of a block; responsibility notes (``blocked``) end a sentence and are left out."""
    cuts: list[tuple[int, int]] = []
    start = 0
    depth = 0
    index = 0
    notes = iter([*blocked, (len(text) + 1, len(text) + 1)])
    note = next(notes)
    while index < len(text):
        if index == note[0]:
            cuts.append((start, index))
            index = start = max(note[1], index + 1)
            depth = 0
            note = next(notes)
            continue
        char = text[index]
        if char in "（“《":
            depth += 1
        elif char in "）”》":
            depth = max(0, depth - 1)
        if char in SENTENCE_END and (depth == 0 or index - start > 300):
            cuts.append((start, index + 1))
            start = index + 1
            depth = 0
        index += 1
    cuts.append((start, len(text)))
    return [(a, b) for a, b in cuts if b > a]


def block_targets(text: str, start: int, blocked: list[tuple[int, int]], context: Context) -> list[Target]:
    """Targets of one block of clean text, from character ``start`` on. ``context.carried`` follows the years."""
    result: list[Target] = []
    for lo, hi in split_sentences(text, blocked):
        lo = max(lo, start)
        if hi - lo < 4:
            continue
        for target in _Sentence(text[lo:hi], context).read():
            result.append(replace(target, start=target.start + lo, end=target.end + lo))
    return result


class _Sentence:
    """One sentence being read from left to right; a class because the reading has state (what was said so far)."""

    def __init__(self, text: str, context: Context) -> None:
        self.text = text
        self.context = context
        self.protected = protected_spans(text)
        self.years = stated_years(text, context.start_year)
        self.found: list[Target] = []
        self.last_run: list[str] = []
        self.cursor = 0
        self.acting = False  # a verb of action governs the list being read

    # -- frame -----------------------------------------------------------------------------------------------------
    def read(self) -> list[Target]:
        mentions = sorted([*find_mentions(self.text, self.protected), *word_mentions(self.text, self.protected)], key=lambda m: m.start)
        mentions = [m for i, m in enumerate(mentions) if not (i and m.start < mentions[i - 1].end)]
        goals = [y for y in self.years if y.role == "goal"]
        if not mentions:
            if goals:
                self.context.carried, self.context.past = goals[-1].year, False
            return []
        index = 0
        while index < len(mentions):
            run = self._run(mentions, index)
            following = mentions[index + len(run)] if index + len(run) < len(mentions) else None
            self._read_run(run, following)
            index += len(run)
        if goals:
            self.context.carried, self.context.past = goals[-1].year, False
        elif any(y.role == "past" for y in self.years):
            self.context.past = True
        return self.found

    def _run(self, mentions: list[Mention], index: int) -> list[Mention]:
        """Values that stand side by side: 25%和15%."""
        run = [mentions[index]]
        if mentions[index].form != "number":
            return run
        for following in mentions[index + 1 :]:
            between = self.text[self._stop(run[-1]) : following.start]
            if following.form != "number" or not re.fullmatch(r"[、，/]?(?:和|及|与|以及)?(?:达到|超过|突破|不低于|约)?", between) or not between:
                break
            run.append(following)
        return run

    def _stop(self, mention: Mention) -> int:
        """End of a mention with the sign behind it (以上, 左右)."""
        after = SIGN_AFTER.match(self.text, mention.end) if mention.form == "number" else None
        if after and after.group() in "余多" and mention.unit:
            after = None
        return after.end() if after else mention.end

    def _boundary(self, at: int) -> int:
        """Start of the clause that holds ``at``, not before the cursor."""
        depth = 0
        for index in range(at - 1, self.cursor - 1, -1):
            char = self.text[index]
            if char in "）”》】":
                depth += 1
            elif char in "（“《【":
                depth = max(0, depth - 1)
            elif depth == 0 and char in "，；：,;":
                return index + 1
        return self.cursor

    # -- reading one run -------------------------------------------------------------------------------------------
    def _read_run(self, run: list[Mention], following: Mention | None) -> None:
        first = run[0]
        state = self._state(first)
        if state == "past" or self._is_policy(first):
            self.cursor = self._stop(run[-1])
            return
        if len(run) == 1 and first.form == "number":
            if self._is_base(first):
                return  # 由7.8%提高到10%: the words before still belong to the next value
            if self._described(first, following):
                return  # 100亿元以上企业: part of a name
            if self._read_inverted(first):
                return
            if self._read_counted(first, following):
                return
        self._read_named(run)

    def _state(self, mention: Mention) -> str:
        stated = [y for y in self.years if y.end <= mention.start and y.role != "base"]
        if stated:
            return "past" if stated[-1].role == "past" else "goal"
        before = self.text[: mention.start]
        if PAST.search(before) and not FUTURE.search(before):
            return "past"
        if self.context.past and not FUTURE.search(before):
            return "past"
        return "goal"

    def _is_policy(self, mention: Mention) -> bool:
        if mention.base_unit in COUNT and not mention.unit.endswith("户") if mention.unit else False:
            return False
        start = max(self.text.rfind("，", 0, mention.start), self.text.rfind("；", 0, mention.start)) + 1
        stops = [p for p in (self.text.find("，", mention.end), self.text.find("；", mention.end), len(self.text)) if p >= 0]
        clause = self.text[start : min(stops)]
        if not POLICY.search(clause):
            previous = self.text[max(0, start - 40) : start]
            return re.search(r"(?:给予|奖励|补助)[^；。]{0,30}，$", previous) is not None and re.search(r"最高|不超过", clause) is not None
        return POLICY_ANYWAY.search(clause) is None

    def _is_base(self, mention: Mention) -> bool:
        before = self.text[max(self.cursor, mention.start - 24) : mention.start]
        if not re.search(r"(?:由|从)(?:(?:20\d\d|上)年?(?:末|底|年底)?(?:的)?|现有的?|目前的?|原来的?|当前的?)?(?:约)?$", before):
            return False
        after = self.text[self._stop(mention) : self._stop(mention) + 30]
        return re.match(r"[^，。；]{0,18}?(?:到|至|为)", after) is not None

    def _described(self, mention: Mention, following: Mention | None) -> bool:
        """The quantity is an attribute inside a longer name."""
        after = self.text[mention.end :]
        unit = mention.base_unit
        if mention.unit is None:
            return False
        if unit in COUNT or unit in EXTENT:
            if re.match(r"(?:以上|以下|以内)?的(?:企业|项目|园区|县|市|村|用户)", after) and mention.base_unit in ("人", "户", "亩", "床", "张"):
                return True
            return False
        if unit in ("%", "‰", "个百分点", "百分点", "倍"):
            return False
        if re.match(r"(?:以上|以下|及以上|以内|左右)?的(?!目标|水平|速度|规模|任务)", after) and not self._acts(mention.start):
            return True
        if unit in TIME:
            before = self.text[self._boundary(mention.start) : mention.start]
            reading = self._peel(before)
            bare = ph.clean_tail(reading.phrase)
            return not ((reading.signed or reading.change) and (DURATION.search(bare) or re.search(r"寿命|天数|时间|周期|时限|年限|时长", bare)))
        return DESCRIBED.match(after) is not None

    def _acts(self, at: int) -> bool:
        """An action verb stands directly before ``at``."""
        before = ph.clean_lead(self.text[self._boundary(at) : at])
        before = self._unsigned(before)
        if not before:
            return False
        return re.search(rf"(?:{ph.ACTION}|{ph.KEPT_VERB.pattern[1:]})$", before) is not None

    @staticmethod
    def _unsigned(phrase: str) -> str:
        """Without signs, efforts and adverbs at the end, but with its verb."""
        for _ in range(8):
            shorter = re.sub(rf"(?:至少|不少于|不低于|超过|约|近|{ph.EFFORT}|累计|每年|年均|{ph.YEAR_PHRASE}|共|新增加|达到?|各)$", "", phrase)
            if shorter == phrase:
                break
            phrase = shorter
        return phrase

    # -- “80%以上的企业完成改造” -------------------------------------------------------------------------------------
    def _read_inverted(self, mention: Mention) -> bool:
        if mention.unit != "%":
            return False
        match = INVERTED.match(self.text, mention.end)
        before = self.text[self._boundary(mention.start) : mention.start]
        if not match or self._peel(before).signed and not re.search(r"(?:确保|推动|实现|超过)$", before):
            return False
        name = match.group("who") + match.group("what") + "的比例"
        after = SIGN_AFTER.match(self.text, mention.end)
        start = self._boundary(mention.start)
        self._add(name, AFTER[after.group()] if after else ">=", mention, "share", start, match.end(), ["由“比例+对象”的说法改写"])
        self.cursor = match.end()
        return True

    # -- “培育30个以上试点企业” ------------------------------------------------------------------------------------
    def _read_counted(self, mention: Mention, following: Mention | None) -> bool:
        """Number before the noun. True when it was read (or refused) here."""
        unit = mention.base_unit
        if mention.unit is None:
            return False
        stop = self._stop(mention)
        after = self.text[stop:]
        level = unit not in COUNT and unit not in EXTENT
        after_own = re.match(r"的(?=[^，。；、]{2,})", after)
        if after_own:
            stop += 1
            after = after[1:]
        if not after or STOP_AFTER.match(after) or not re.match(r"[一-龥“《A-Za-z0-9（]", after) or (after.startswith("（") and not re.match(r"（[^（）]{1,20}）[一-龥]", after)):
            return False
        if unit in ("%", "‰", "个百分点", "百分点", "倍", "成"):
            return False
        start = self._boundary(mention.start)
        before = self.text[start : mention.start]
        reading = self._peel(before)
        bare = ph.strip_actions(ph.clean_tail(reading.phrase))
        acting = self._acts(mention.start)
        listing = re.match(r"^[、和及与，]|^以及", before) is not None and self.acting
        if level:
            name, end = self._noun_after(stop, following)
            if reading.signed and bare and ph.MEASURE_TAIL.search(bare):
                return False
            if acting and name and not PROJECT_LIKE.search(name) and not re.match(r"(?:建设|实施|用于|支持|开展|打造|改造|新建)", name):
                self._emit_counted(mention, self._kept(before) + name, start, end, reading)
            else:
                self.cursor = min(self.cursor, start)  # part of a name such as 100万吨乙烯项目
            return True
        if SKIP_BEFORE.search(before.rstrip()) and not reading.signed:
            self.cursor = stop
            return True
        name, end = self._noun_after(stop, following)
        if not name or EMPTY_HEADS.search(name):
            self.cursor = stop
            return True
        if reading.signed and bare and ph.MEASURE_TAIL.search(bare) and not acting:
            return False
        allowed = acting or listing or reading.signed
        cleaned = ph.clean_lead(before)
        if not allowed and not ph.clean_tail(cleaned):
            allowed = self.acting or bool(self.found and self.context.in_goals) or reading.annual or self._yearly(mention.start)
        if not allowed and "、" in before and not SKIP_START.match(cleaned):
            allowed = re.search(ph.INNER_ACTION.pattern.replace("(?=[^，。]{2,})", ""), self.text[: mention.start]) is not None
        if not allowed and ph.LEAD_ACTION.match(cleaned) and not SKIP_START.match(cleaned):
            allowed = True
        if not allowed:
            # “各县建设…”, “推动100家企业…”: a pivot verb is enough; everything else only describes.
            allowed = re.search(r"(?:推动|支持|组织|引导|带动|指导|鼓励|选择|选取|确定|选派|安排|遴选|帮助|服务|扶持|推进|促进|完成|有)$", self._unsigned(before)) is not None
        if not allowed:
            self.cursor = stop
            return True
        self.acting = True
        name = self._shared_head(name, end, following)
        self._emit_counted(mention, self._kept(before) + name, start, end, reading)
        return True

    def _kept(self, before: str) -> str:
        """A verb that belongs to the name: 新增, 改造 …"""
        tail = self._unsigned(ph.clean_lead(before))
        match = re.search(r"(新增|净增|新建|改造|淘汰|关停|引进|招引|培训|治理|整治|修复|盘活|推广|压减|带动|吸引|吸纳|新培育|新认定|新引进)$", tail)
        return match.group(1) if match else ""

    def _noun_after(self, stop: int, following: Mention | None) -> tuple[str, int]:
        """Noun phrase that starts at ``stop`` and where it ends."""
        end = stop
        depth = 0
        limit = following.start if following else len(self.text)
        while end < limit:
            char = self.text[end]
            if char in "（“《":
                depth += 1
            elif char in "）”》":
                depth -= 1
                if depth < 0:
                    break
            elif depth == 0 and char in "，。；：！？":
                break
            end += 1
        phrase = self.text[stop:end]
        if following and end == limit:
            # A list goes on: “5个国家级平台和10个省级平台”.
            joints = list(re.finditer(r"、|以及|和|及(?!时)|与|并", phrase))
            if joints:
                end = stop + joints[-1].start()
                phrase = self.text[stop:end]
        batch = re.search(r"(?:、|和|及|以及|与|并)(?:一批|若干|培育一批|打造|形成|推动|建设|带动|开展|培育|实施|力争|确保|争取|完善|建立|发展|加快)", phrase)
        if batch:
            end = stop + batch.start()
            phrase = phrase[: batch.start()]
        verb = re.match(r"([^，。；]{2,20}?(?:企业|园区|学校|医院|村|社区|项目|机构|县|产品|品牌))(?:实现|完成|达到|进入|纳入|列入|入选|开展|参加|参与|成功|获得|通过|上榜|建成|投产|投入)", phrase)
        if verb and not ph.GENERIC_COUNT.match(verb.group(1)):
            phrase = verb.group(1)
        return ph.polish(phrase), end

    def _shared_head(self, name: str, end: int, following: Mention | None) -> str:
        """“120个企业级、20个行业级互联网平台”: the first name borrows the head noun of the second."""
        if not following or not re.search(r"(?:级|型|类|性|产)$", name) or not re.match(r"[、和及与]|以及", self.text[end : end + 2]):
            return name
        other, _ = self._noun_after(self._stop(following), None)
        other = re.split(r"[、和及]", other, maxsplit=1)[0] if not re.search(r"(?:级|型|类)$", re.split(r"[、和及]", other, maxsplit=1)[0]) else other
        head = re.match(r"^.{1,10}?(?:级|型|类|性|产)(.+)$", other)
        return name + head.group(1) if head else name

    def _emit_counted(self, mention: Mention, name: str, start: int, end: int, reading: _Reading) -> None:
        after = SIGN_AFTER.match(self.text, mention.end)
        sign = self._sign(reading.sign, after.group() if after else "")
        kind: Kind = "count"
        if self._yearly(mention.start):
            kind = "yearly"
        elif re.match(r"新增|净增|淘汰|关停|新建|改造|引进|招引|培训|治理|整治|修复", name) or re.search(r"累计|再|新", reading.phrase[-6:]):
            kind = "cumulative"
        self._add(name, sign, mention, kind, start, end, [])
        self.cursor = end

    # -- “规模以上工业增加值达到2800亿元” ---------------------------------------------------------------------------
    def _peel(self, before: str) -> _Reading:
        """Take signs, verbs and adverbs off the end of the words before a value."""
        phrase = ph.BASE_PHRASE.sub("", before)
        sign: Comparator | None = None
        signed = each = separately = False
        for _ in range(12):
            length = len(phrase)
            phrase = re.sub(r"[“，：\s]+$", "", phrase)
            if phrase.endswith("分别"):
                separately, phrase = True, phrase[:-2]
                continue
            mark = re.search(r"(?:≥|≤|>=|<=|＞|＜|>|<|=)$", phrase)
            if mark:
                from .numbers import SYMBOLS

                sign, signed, phrase = sign or SYMBOLS.get(mark.group()), True, phrase[: mark.start()]
                continue
            match = SIGN_BEFORE.search(phrase)
            if match and not self._part_of_word(phrase, match):
                if sign is None or sign == "=":
                    sign = BEFORE[match.group()] if sign is None or BEFORE[match.group()] != ">=" else sign
                signed = signed or match.group() not in ("约", "近", "接近", "大约")
                phrase = phrase[: match.start()]
                continue
            adverb = re.search(rf"(?:{ph.EFFORT}|均|都|总体|总体上|基本|稳定|力求|累计|合计|共计|总计|全部|年底|各|也|将|要|应|再|平均|大体|动态|在|同步)$", phrase)
            if adverb and not re.search(r"(?:年均|人均|亩均|户均|平均|件均|单均|地均|月均|日均|存在|现在|所在|潜在|内在|需要|主要|重要|首都|村均|校均|班均)$", phrase):
                each = each or adverb.group() in ("均", "都", "各")
                phrase = phrase[: adverb.start()]
                continue
            if len(phrase) == length:
                break
        from_to = re.search(r"(?:由|从)[^，；。]{1,30}$", phrase)
        if from_to and signed and re.search(r"\d", from_to.group()):
            phrase = phrase[: from_to.start()]
        compared = False
        change: Literal["", "up", "down"] = ""
        annual = False
        if match := ph.CHANGE.search(phrase):
            if not (signed and re.search(r"(?:能力|水平|质量|效率)(?:提升|提高)$", phrase)):
                change = "down" if match.group("down") else "up"
                annual = bool(match.group("annual"))
                phrase = phrase[: match.start()]
        return _Reading(phrase, 0, sign, change, annual, each, separately or "分别" in before[-16:], compared, signed)

    @staticmethod
    def _part_of_word(phrase: str, match: re.Match[str]) -> bool:
        word, before = match.group(), phrase[: match.start()]
        if word in ("为", "是", "近", "约", "达", "超", "稳定", "控制", "完成", "实现"):
            pairs = {"为": "成作行分认因称以设定视", "是": "于但还就只即", "近": "附邻最相临", "约": "节集制契合公预条", "达": "发抵传表下", "超": "赶反"}
            return bool(before) and before[-1] in pairs.get(word, "")
        return False

    @staticmethod
    def _sign(before: Comparator | None, after: str) -> Comparator:
        """Sign from the words before and behind a value (table in numbers.py)."""
        behind = AFTER.get(after)
        if before == ">" and behind in (None, ">=", "="):
            return ">"
        if before in ("<=", "<"):
            return ">=" if behind == ">=" else before
        if behind is not None:
            return behind
        return before or ">="

    def _yearly(self, at: int) -> bool:
        start = max(self.text.rfind("；", 0, at), self.cursor - 30 if self.cursor > 30 else 0, 0)
        before = self.text[start:at]
        match = None
        for match in re.finditer(r"每年|逐年|每年度|年均(?=新增|实施|培育|引进|建设|完成|开展|培训|组织|举办|新建|改造|推广|转化|新认定|净增|吸纳|淘汰|植树|造林|治理)", before):
            pass
        if match is None:
            return False
        between = before[match.end() :]
        return between.count("，") <= 1 and not re.search(r"到20\d\d年|累计|总(?:量|数)|增长|提高|下降", between)

    def _read_named(self, run: list[Mention]) -> None:
        first = run[0]
        start = self._boundary(first.start)
        reading = self._peel(self.text[start : first.start])
        phrase = reading.phrase
        earlier = self.text[self.cursor : start]
        if not self._name(phrase) and earlier.strip("，；： "):
            # “工业增加值占比，力争达到30%”: the name stands one clause before.
            longer = self._longer(start)
            if longer is not None:
                start, phrase = longer, self._peel(self.text[longer : first.start]).phrase
        if self._reject(first, phrase, reading, start):
            self.cursor = self._stop(run[-1])
            return
        if first.form in ("assigned", "average"):
            self._read_wordy(first, phrase, start)
            return
        compared = ph.COMPARE.search(self.text[start : first.start].rstrip("各")) if first.unit in ("个百分点", "百分点") else None
        if compared and not reading.change:
            self._read_compared(first, compared, start)
            return
        names, doubts = self._names(run, phrase, reading, start, first)
        stop = self._stop(run[-1])
        if not names:
            self.cursor = stop
            return
        years = self._listed_years(first.start)
        pairs = self._pair(run, names, years)
        tail_sign = self.text[run[-1].end : stop]
        for name, mention, year in pairs:
            own = self.text[mention.end : self._stop(mention)]
            # 分别达到25%和15%以上: a sign at the end of the list counts for the whole list.
            after = own or (tail_sign if len(run) > 1 and tail_sign in ("以上", "左右", "以内", "以下") else "")
            sign = self._sign(reading.sign, after)
            self._add(name, sign, mention, self._kind(name, mention, reading), start, self._stop(mention) if len(names) <= len(run) else stop, list(doubts), year, reading)
        self.last_run = [name for name, _, _ in pairs]
        if first.base_unit in COUNT or first.base_unit in EXTENT:
            self.acting = True
        self.cursor = stop

    def _name(self, phrase: str) -> str:
        return ph.polish(ph.clean_tail(ph.clean_lead(phrase)))

    def _longer(self, start: int) -> int | None:
        """Start of the clause before ``start`` when it holds only a name (no value, no full predicate)."""
        end = start - 1
        if end <= self.cursor or self.text[end] not in "，：":
            return None
        begin = self._boundary(end)
        piece = self.text[begin:end]
        name = self._name(piece)
        if ph.MEASURE_TAIL.search(name) and len(name) <= 40 and not re.search(r"\d", name):
            return begin
        return None

    def _reject(self, mention: Mention, phrase: str, reading: _Reading, start: int) -> bool:
        """Quantities that state no goal."""
        name = self._name(phrase)
        after = self.text[self._stop(mention) :]
        if mention.form != "number":
            return False
        if mention.unit is None:
            strong = reading.signed and not (after and not re.match(r"[，。；、）和及]|以", after))
            return not strong or not name or not (ph.MEASURE_TAIL.search(name) or re.search(r"指数|系数|水平|得分|评分|值|比|率", name))
        unit = mention.base_unit
        before = self.text[start : mention.start]
        if unit in COUNT or unit in EXTENT:
            if SKIP_BEFORE.search(before) and not reading.signed:
                return True
            if reading.signed or reading.change or self.acting or self._yearly(mention.start):
                return False
            cleaned = ph.clean_lead(before)
            if ph.LEAD_ACTION.match(cleaned) or ph.KEPT_VERB.match(cleaned) or ph.INNER_ACTION.search(cleaned):
                return False
            return not (ph.MEASURE_TAIL.search(name) or self.context.in_goals or (self.found and re.match(r"[、和及与，]", before)))
        if reading.signed or reading.change or mention.form != "number":
            return bool(re.search(r"(?:总投资|计划投资|概算|估算投资|投资约)$", name)) and not re.search(r"达到|突破|超过|完成", before)
        if CHANGE_RATE.match(self.text, mention.end):
            return False
        if ph.COMPARE.search(before):
            return False
        if re.search(r"占[^，]{1,30}(?:的)?$", before):
            return False
        if re.search(r"(?:总投资|计划投资|概算|注册资本)$", name):
            return True
        if after and re.match(r"[一-龥]", after) and not STOP_AFTER.match(after):
            return True
        if ph.GENERIC_MEASURE.match(name) and not self.found and name in ("投资", "总投资"):
            return True
        action = ph.KEPT_VERB.match(ph.clean_lead(before)) or re.match(r"(?:完成|实现|新增|发放|形成|争取|落实|建成|减排|筹集|安排|投放|拉动|撬动|降低|降本|累计)", ph.clean_lead(before))
        return not (action or ph.MEASURE_TAIL.search(name))

    def _names(self, run: list[Mention], phrase: str, reading: _Reading, start: int, first: Mention) -> tuple[list[str], list[str]]:
        """Indicator names for the values of a run, and doubts about them."""
        doubts: list[str] = []
        rate = CHANGE_RATE.match(self.text, first.end)
        if rate:
            phrase = re.sub(r"(?:以|按照?|保持)(?:年均|每年)?(?:不低于|高于|超过)?$", "", phrase)
            reading.annual = reading.annual or "年均" in self.text[start : first.start]
            reading.change = "up"
        counted = first.base_unit in COUNT or first.base_unit in EXTENT
        owned_share = re.search(r"占[^，。]{1,40}$", phrase)
        share = bool(owned_share) and first.unit in ("%", "‰", "成") and not re.search(r"(?:比重|比例|占比|率|份额|之比|比)$", phrase.rstrip("的"))
        if share:
            phrase = phrase.rstrip() + ("比重" if phrase.endswith("的") else "比重")
        name = ph.clean_lead(phrase)
        name = ph.clean_tail(name) if not share else name
        if counted or reading.change == "" and ph.LEAD_ACTION.match(name) and not re.match(r"(?:达到|实现)", name):
            if counted:
                name = ph.cut_to_object(name)
                name = ph.strip_actions(name)
        name = self._level_name(name)
        if counted and not reading.change:
            name = self._counted_name(name)
        name = ph.polish(name)
        if not name or ph.COUNT_WORD.match(name):
            carried = self._carry_all(run, name)
            if carried:
                return carried, []
            owner = self._owner(start)
            if not owner:
                return ([], []) if not name else ([name], ["指标缺少主语"])
            return [owner + name], ["指标主语取自上文"]
        if name.startswith(("占", "所占", "占比")) and not name.startswith("占地"):
            previous = self.found[-1].indicator if self.found else self._owner(start)
            if previous:
                name, doubts = previous + name.removeprefix("所"), ["指标主语取自上文"]
        elif re.match(r"^(?:年均)?(?:增速|增长率|增幅)$", name) and self.found:
            name, doubts = self.found[-1].indicator + name, ["指标主语取自上文"]
        elif ph.GENERIC_MEASURE.match(name):
            owner = self._owner(start)
            if owner and not owner.endswith(name):
                name, doubts = owner + name, ["指标主语取自上文"]
            else:
                doubts = ["指标名称过于笼统"]
        return self._distribute(run, name, reading, first), doubts

    def _level_name(self, name: str) -> str:
        """“装备制造业实现产值” → “装备制造业产值”; verbs in front of a level are dropped."""
        for _ in range(3):
            match = ph.LEAD_PIVOT.match(name)
            if not match or ph.KEPT_VERB.match(name):
                break
            name = ph.clean_lead(name[match.end() :])
        inner = re.match(rf"^(.{{2,24}}?)(?:全年|预计|累计|力争)?(?:实现|完成|形成|创造)((?:年|全年|全口径|综合|全产业链)?[^，]{{0,14}}?{ph.MEASURE_NOUN})$", name)
        if inner:
            name = inner.group(1) + inner.group(2)
        return re.sub(rf"^{ph.AREA}(?=.{{2,}})", "", name)

    @staticmethod
    def _counted_name(name: str) -> str:
        """Head noun of “A、B、C等创新平台”."""
        match = re.match(r"^(.*[^“（])等((?:[^等、（）]{0,3})[^、，]{3,})$", name)
        if match and "、" in match.group(1) and not ph.GENERIC_COUNT.match(match.group(2)) and not match.group(2).startswith("级"):
            kept = ph.KEPT_VERB.match(name)
            return (kept.group() if kept else "") + match.group(2)
        return name

    def _carry_all(self, run: list[Mention], name: str) -> list[str]:
        """Names of the values before, for “年均增长8%” or “总量达到680家” that follow them."""
        if not self.found:
            return []
        if ph.COUNT_WORD.match(name):
            base = re.sub(r"^(?:新增|净增|新培育|新认定|新引进)", "", self.found[-1].indicator)
            return [base + name]
        if len(run) > 1 and len(self.last_run) == len(run):
            return list(self.last_run)
        return [self.found[-1].indicator] * len(run)

    def _owner(self, start: int) -> str:
        """Whom a bare 产值 or 营业收入 belongs to: the indicator before, an earlier clause, or the measure's subject."""
        if self.found:
            previous = self.found[-1].indicator
            match = ph.MEASURE_TAIL.search(previous)
            subject = re.sub(r"^(?:新增|净增|新建|引进)", "", previous[: match.start()] if match and match.start() >= 2 else previous)
            subject = re.sub(r"(?:占[^占]*|的)$", "", subject)
            return ph.polish(subject)
        for piece in reversed(re.split(r"[，；：。]", self.text[:start])):
            body = ph.strip_actions(ph.clean_lead(piece))
            cut = PREDICATE.search(body)
            if cut and cut.start() >= 2:
                body = body[: cut.start()]
            body = ph.clean_tail(body)
            if 2 <= len(body) <= 20 and OWNER_END.search(body):
                return ph.polish(body)
        return self.context.owner

    def _distribute(self, run: list[Mention], name: str, reading: _Reading, first: Mention) -> list[str]:
        """Split a list of subjects over the values."""
        size = len(run)
        if size > 1:
            if self._listed_years(first.start) and len(self._listed_years(first.start)) == size and not len(ph.split_conjuncts(name, size)) == size:
                return [name]
            parts = ph.split_conjuncts(name, size)
            if len(parts) != size:
                joined = re.split(r"以及|和|及|与", ph.COMPOUND.sub(lambda m: m.group().replace("和", "\x02"), name))
                parts = [p.replace("\x02", "和") for p in joined] if len(joined) == size else parts
            if len(parts) == size:
                return self._own(ph.share_affixes([ph.polish(p) for p in parts]))
            return [name]
        ratio = first.unit in ("%", "‰", "个百分点", "百分点", "倍", "成") or first.form == "double"
        if ratio or reading.each:
            parts = ph.split_conjuncts(name)
            if len(parts) >= 2:
                whole = ph.share_affixes(parts)
                parallel = all((ph.MEASURE_TAIL.search(p) and not ph.NOT_MEASURE.search(p)) or p.endswith(("级", "型")) or any(p in f for f in ph.ALTERNATIVES) for p in parts[:-1])
                if reading.each or parallel:
                    return self._own(whole)
        return [name]

    def _own(self, names: list[str]) -> list[str]:
        """Later members that are bare measures belong to the subject of the first."""
        first = names[0]
        match = ph.MEASURE_TAIL.search(first)
        subject = first[: match.start()] if match and match.start() >= 2 else ""
        return [names[0], *[subject + n if subject and ph.GENERIC_MEASURE.match(n) else n for n in names[1:]]]

    def _listed_years(self, at: int) -> list[int]:
        """“到2025年、2027年，…分别达到10%、15%” → [2025, 2027]."""
        goals = [y for y in self.years if y.end <= at and y.role == "goal"]
        chain: list[Stated] = []
        for year in goals:
            if chain and re.fullmatch(r"年?(?:底|末)?(?:、|和|及|，到|和到|、到|与)", self.text[chain[-1].end : year.start]) is None:
                chain = []
            chain.append(year)
        return [y.year for y in chain] if len(chain) > 1 else []

    def _pair(self, run: list[Mention], names: list[str], years: list[int]) -> list[tuple[str, Mention, int | None]]:
        if len(run) == 1:
            return [(name, run[0], None) for name in names]
        if len(names) == len(run):
            return [(name, mention, None) for name, mention in zip(names, run, strict=True)]
        if len(years) == len(run):
            return [(names[0], mention, year) for mention, year in zip(run, years, strict=True)]
        return [(names[0], run[-1], None)]

    # -- wordy targets ---------------------------------------------------------------------------------------------
    def _read_wordy(self, mention: Mention, phrase: str, start: int) -> None:
        """完成国家下达目标; 高于全国平均水平: no number of its own."""
        name = ph.polish(ph.clean_tail(self._level_name(ph.clean_lead(phrase))))
        self.cursor = mention.end
        if not name and self.found and mention.form == "average":
            name = self.found[-1].indicator
        parts = [p for p in (ph.share_affixes(ph.split_conjuncts(name)) if "、" in name else [name]) if p]
        measured = re.compile(r"(?:降低|下降|减少|减排|排放|能耗|控制|强度|总量|增速|率|量|比重|占比|水平|指标|面积|投入|收入|增加值|系数|质量)$")
        for part in parts:
            if len(part) < 3 or not measured.search(part) or (mention.form == "average" and re.search(r"(?:水平|质量)$", part) and len(part) < 5):
                continue
            sign: Comparator = ">="
            words = self.text[mention.start : mention.end]
            if mention.form == "average":
                sign = "<" if words.startswith("低于") else ">=" if words.startswith("达到") else ">"
            elif "控制在" in words or "以内" in words:
                sign = "<="
            reason = "未给出数值，由上级下达" if mention.form == "assigned" else "未给出数值，以平均水平为准"
            kind: Kind = "change" if re.search(r"(?:降低|下降|减少)$", part) else "share" if part.endswith(("率", "比重", "占比")) else "growth" if part.endswith("增速") else "level"
            self._add(part, sign, replace(mention, value=float("nan")), kind, start, mention.end, [reason])

    def _read_compared(self, mention: Mention, match: re.Match[str], start: int) -> None:
        """“增速高于全区GDP增速1个百分点”."""
        noun = match.group("noun") or ""
        noun = {"年均增长": "年均增速", "增长": "增速"}.get(noun, noun)
        base = self.text[start : start + match.start()]
        name = ph.polish(ph.clean_tail(self._level_name(ph.clean_lead(base))))
        doubts: list[str] = []
        if not name:
            previous = self.found[-1].indicator if self.found else self._owner(start)
            name, doubts = previous, ["指标主语取自上文"]
        if not noun and not re.search(r"(?:增速|率|比重|占比|增幅)$", name):
            doubts.append("比较对象需要核对")
        stop = self._stop(mention)
        after = self.text[mention.end : stop]
        sign: Comparator = "<=" if match.group("sign") in ("低于", "慢于") else "=" if after == "左右" else ">="
        kind: Kind = "annual_growth" if "年均" in noun else "growth" if "增" in noun or "增" in name[-3:] else "change"
        self._add(name + noun if not name.endswith(noun) else name, sign, mention, kind, start, stop, doubts)
        self.cursor = stop

    # -- result ----------------------------------------------------------------------------------------------------
    def _kind(self, name: str, mention: Mention, reading: _Reading) -> Kind:
        unit = mention.base_unit
        if mention.form == "double":
            return "growth"
        if mention.form == "first":
            return "count"
        if reading.change:
            if unit in ("%", "倍", "成"):
                if reading.change == "up":
                    return "annual_growth" if reading.annual else "growth"
                return "change"
            return "yearly" if reading.annual else "change"
        if re.search(r"(?:年均增速|年均增长率|年均增幅|平均增速)$", name):
            return "annual_growth"
        if re.search(r"(?:增速|增长率|增幅)$", name):
            return "growth"
        if self._yearly(mention.start):
            return "yearly"
        if re.match(r"新增|净增|淘汰|退出|压减|关停|化解|新建|累计|改造|引进|招引|培训|治理|整治|修复|减排|节约|吸引|完成", name) or re.search(r"累计|再(?:培育|打造|建)", self.text[self._boundary(mention.start) : mention.start]):
            return "cumulative"
        if unit in ("%", "‰", "成"):
            return "share"
        return "count" if unit in COUNT else "level"

    def _add(
        self, name: str, sign: Comparator, mention: Mention, kind: Kind, start: int, end: int, doubts: list[str],
        year: int | None = None, reading: _Reading | None = None,
    ) -> None:  # fmt: skip
        name = ph.polish(name)
        if len(name) < 2 or not re.search(r"[一-龥A-Za-z]", name):
            return
        while start < end and self.text[start] in "，、；： 和及与":
            start += 1
        source: Literal["stated", "carried", "heading", "plan", "none"] = "stated"
        if year is None:
            stated = [y for y in self.years if y.end <= mention.start and y.role == "goal"]
            if stated:
                year = stated[-1].year
            elif self.context.carried:
                year, source = self.context.carried, "carried"
            elif self.context.heading_year:
                year, source = self.context.heading_year, "heading"
            elif self.context.goal_year:
                year, source = self.context.goal_year, "plan"
            else:
                source = "none"
        value = None if mention.value != mention.value else mention.value
        if mention.chinese:
            doubts = [*doubts, "数值为中文数字"]
        self.found.append(
            Target(
                name, sign, value, mention.value_max, mention.unit, year, kind, self._effort(mention.start), start, end, source,
                "down" if (reading and reading.change == "down") or re.search(r"(?:降低|下降|减少)$", name) or sign in ("<=", "<") else "up", doubts,
            )
        )  # fmt: skip

    def _effort(self, at: int) -> Literal["firm", "strive"]:
        start = self.text.rfind("；", 0, at) + 1
        last: Literal["firm", "strive"] = "firm"
        for match in re.finditer(r"力争|争取(?!资金|国家|上级|中央)|努力|力求|奋力|确保|必须|保证", self.text[start:at]):
            last = "firm" if match.group() in ("确保", "必须", "保证") else "strive"
        return last
