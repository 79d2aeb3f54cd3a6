"""Quantities that state no goal: past facts, terms of subsidies, attributes inside names, bases of
comparison.
"""

import re

from . import phrases as ph
from .numbers import Mention
from .peel import peel
from .sentence import Reading, Sentence, clean_name
from .units import COUNT, EXTENT, TIME
from .years import AHEAD, FUTURE, PAST, tells_past

POLICY = re.compile(
    r"给予|奖励|奖补|补助(?!标准)|补贴(?!标准)|资助|贴息|减免|免征|返还|罚款|封顶|减按|授信额度|单户|注册资本|额度(?:最高|不超过)|一次性|最高不超过|违约金|税率|按[^，]{0,12}比例"
)
POLICY_ANYWAY = re.compile(r"(?:资金|基金|规模|总额|支出|贷款|余额)(?:总量|总额|规模)?(?:达到|超过|突破|不少于|不低于)")
PROJECT_LIKE = re.compile(
    r"(?:项目|装置|机组|工程|基地|电站|生产线|企业|园区|集群|产业|公司|码头|泊位|机场|航道|线路|变电站|水厂|电厂|风电场|级|以上|园|城|镇|厂|站|示范区|标准|产业链|产业带|平台|集团)$"
)
DESCRIBED = re.compile(
    r"(?:以上|以下|及以上|左右)?(?:的)?(?:数字|民营|大型|重点|重大|龙头|骨干|工业|规上|优质|头部|领军|制造业|新增|优势|特色|级)*"
    r"(?:企业|园区|项目|产业集群|集群|产业|县|镇|乡|村|基地|开发区|平台|单位|用户|产业链|街区|商圈|大户|品牌|单品|专业村|大县|产业园|领军|链主|机组|锅炉|工程|农户|家庭农场|变电站|输变电|码头|泊位|灌区|水库)"
)
AROUND = re.compile(
    r"(?:范围|半径|以内的|内的|内(?![河陆地贸涵])[^，。；、]|长的|宽的|高的|深的|及其(?!他|它|余)|口径|以上级|级)"
)
ATTRIBUTE = re.compile(
    r"(?:及以上|及以下|以上|以下|以内)(?:的)?(?=[一-龥“])(?!的?(?:目标|水平|速度|规模|任务|增速|增长|比例|增幅))"
)
# 淘汰35蒸吨/小时以下燃煤锅炉: only things are named by an upper limit
BELOW = re.compile(
    r"(?:及?以下)的?[一-龥]{0,6}(?:锅炉|机组|企业|项目|设备|装置|炉|车辆|窑|电机|客户|用户|贷款|生产线|矿)"
)
# 形成年处理15万吨以上的餐厨垃圾资源化能力, 具备500吨/小时以上的应急供水能力
HAS_CAPACITY = re.compile(
    r"(?:具备|拥有|[年日](?:处理|处置|加工|生产|回收|利用|供应|消纳|转化|接待|检测|培训|吞吐|输送|焚烧|产))$"
)
OF_CAPACITY = re.compile(r"(?:以上|左右)?的?[^，。；、\d]{2,20}(?:能力|产能)(?=[，。；、]|$)")
PLAIN_COUNTS = frozenset(
    [
        "个",
        "家",
        "项",
        "件",
        "条",
        "座",
        "所",
        "处",
        "名",
        "场",
        "次",
        "支",
        "套",
        "台",
        "辆",
        "艘",
        "架",
        "款",
        "人次",
        "部",
        "批",
        "宗",
        "例",
        "篇",
        "枚",
        "对",
        "幅",
        "台（套）",
        "台(套)",
        "种",
        "张",
        "只",
        "间",
        "片",
    ]
)
SKIP_BEFORE = re.compile(
    r"(?:围绕|聚焦|涉及|涵盖|覆盖全|包括|包含|含|分为|分|按照|坚持|依托|针对|面向|现有|已有|已建成|已|共有|上述|以下|如下|这|该|全部|全国|其余|连续|最高|不同|同一|任意|其他|在|对|从|与|同|仅|仅有|只有|仅为|满|近|类)$"
)
SKIP_START = re.compile(
    r"^(?:围绕|聚焦|立足|针对|面向|依托|按照|坚持|落实|贯彻|以|对于?|在|从|由|根据|做优|做强|做精|做大|擦亮|打响|叫响)"
)
DURATION = re.compile(r"寿命|天数|时间|周期|时限|年限|时长|期限|小时数|工期|半径|间隔|日数|时数|住院日|用时|天$|耗时")
CHANGE_RATE = re.compile(r"(?:以上|左右)?的?(?:速度|增速|比例|幅度|增幅)(?:增长|递增|提高|增加|提升|下降|递减|推进)")
MONEY_NOUN = re.compile(
    r"(?:资金|外资|内资|贷款|债券|专项债|融资|基金|保费|订单|交易|合同|投资|税费|消费|补贴|财政|增量|信贷|保险|规模|储能|装机|光伏|风电|组件|整机|产能|到账|到位|增收|销售|采购)$"
)
# 河道治理120公里, 老旧小区改造83个: a thing and what is done to it.
WORK_DONE = re.compile(
    r"[一-龥]{2}(?:复耕复种|复耕|复垦|复绿|改造|治理|修复|整治|养护|造林|绿化|轮作|休耕|改良|更新|拆除|拆迁|拆违|搬迁|收储|安置|流转|托管|招生|招聘|改厕|清淤|除险加固|加固|提标|培训|分流|转化|输出|植树|放流)$"
)
# 为65岁以上老年人免费体检12万人次
FOR_WHOM = re.compile(r"(?:为|向|给)[^，]{2,24}(?:免费|提供|发放|减免|代办|配发)")
MONEY_VERB = re.compile(
    r"^(?:提升(?=[^，]{2,16}$)|升级|提质|完成|实现|新增|发放|形成|争取|落实|建成|减排|筹集|安排|投放|拉动|撬动|降低|降本|累计|带动|吸引|引进|利用|发行|办理|兑现|淘汰|压减|退出|化解|节约|盘活|统筹|整合|设立|接待|生产|供应|销售|出口|种植|保持|稳定|减少|替代|处理|回收|签约)"
)
# A number of these is a way of working, not a goal.
EMPTY_HEADS = re.compile(
    r"(?:领域|方面|环节|方向|阶段|层面|维度|原则|抓手|步骤|问题|短板|层级|要素|关键|维|部门|专班|小组|小分队|工作组|文件|批次|步|轮|类别|等级|档次|梯次|时段|季度|途径|特点|指标|会议|综合评价|成员单位|要求|条件|标准要求|工作日|方式|渠道|机制|体系框架|业态)$"
)


# Technical norms (不宜低于) and plain statements (指数为2.64) are no goals.
NORM = re.compile(r"(?:不应|不宜|宜|应当)(?:大于|小于|低于|高于|超过|少于|多于)?$")
STATES = re.compile(r"(?:[^成作行分以称认视]为|是|仅|共有|现有)(?:约)?$")


# 规划范围为…，总面积1208.6公顷; 东至…, 西至…: how large the thing is that the plan is about.
SCOPE = re.compile(
    r"(?:规划|研究|实施|核心|管控|项目|园区|评价|设计|编制|建设|保护|治理|片区|划定|四至)(?:区)?(?:的)?(?:空间|地域|用地)?范围(?:为|是|包括|涵盖|涉及|覆盖|位于|东|西|南|北|：|，|内)|"
    r"(?:规划|研究)(?:区|用地)?(?:总)?面积(?:约|为|共|合计)*$|[东西南北](?:起|至|临|接|抵)[^，。；]{1,20}，[东西南北]|(?:现)?(?:共?辖|下辖|管辖)|(?:地处|位于)[^，。；]{2,40}"
)
EXTENT_NAME = re.compile(r"(?:面积|人口|户数|人|里程|长度|岸线|长|户|村|社区|乡镇|街道|行政村)$")


def is_scope(s: Sentence, mention: Mention) -> bool:
    """The value says how large the plan's own area is."""
    before = s.text[: mention.start]
    if not SCOPE.search(before) or AHEAD.search(before) or re.search(r"达到|不低于|不少于|提高到|扩大到|新增", before):
        return False
    unit = mention.base_unit
    return unit in EXTENT or unit in ("人", "户", "个", "平方") or EXTENT_NAME.search(before) is not None


def is_past(s: Sentence, mention: Mention) -> bool:
    """The value tells what has been reached already."""
    before = s.text[: mention.start]
    stated = [y for y in s.years if y.end <= mention.start and y.role != "base"]
    if stated and stated[-1].role == "past":
        return True
    if tells_past(before):
        return True
    if stated:
        return False
    told = PAST.search(before)
    if told and not FUTURE.search(before) and not AHEAD.search(before, told.end()):
        return True
    if s.context.preamble and not re.search(r"力争|目标", before):
        return True
    return s.context.past and not FUTURE.search(before) and not AHEAD.search(before)


def is_policy(s: Sentence, mention: Mention) -> bool:
    """The value is a condition or a rate of a subsidy."""
    start = s.boundary(mention.start, 0)
    clause = s.text[start : s.clause_end(mention.end)]
    half = s.text[s.text.rfind("；", 0, mention.start) + 1 :].split("；", 1)[0]
    rewards = re.search(r"给予|奖励|补助|资助|贴息|奖补", half) is not None
    if re.match(r"(?:对|凡)", clause) and re.search(
        r"给予|奖励|补助|资助|贴息|奖补", s.text[mention.end : mention.end + 80]
    ):
        return True
    if rewards and re.match(r"(?:对|凡|单个|同一|每家|每个|首次|当年|年度|按|最高)", clause):
        return True
    if mention.base_unit in COUNT:
        return re.search(r"给予|一次性|奖补|最高奖", clause) is not None and not re.search(
            r"培育|建成|建设|创建", clause
        )
    if POLICY.search(clause):
        return POLICY_ANYWAY.search(clause) is None
    return rewards and re.search(r"最高|不超过", clause) is not None


def is_base(s: Sentence, mention: Mention) -> bool:
    """由7.8%提高到10%: the first value is where it starts from."""
    before = s.text[max(s.cursor, mention.start - 24) : mention.start]
    if not re.search(
        r"(?:由|从)(?:(?:20\d\d|上)年?(?:末|底|年底)?(?:的)?|现有的?|目前的?|原来的?|当前的?)?(?:约|不足)?$", before
    ):
        return False
    after = s.text[s.stop(mention) : s.stop(mention) + 30]
    return re.match(r"[^，。；]{0,18}?(?:到|至|为)", after) is not None


def acts(s: Sentence, at: int) -> bool:
    """An action verb stands directly before ``at``."""
    before = unsigned(ph.clean_lead(s.text[s.boundary(at) : at]))
    return bool(before) and ph.at_end(ph.ENDS_IN_ACTION, before) is not None


def unsigned(phrase: str) -> str:
    """Without signs, efforts and adverbs at the end, but with its verb."""
    for _ in range(8):
        match = ph.at_end(UNSIGNED, phrase)
        if not match:
            break
        phrase = phrase[: match.start()]
    return phrase


UNSIGNED = re.compile(
    rf"(?:至少|不少于|不低于|超过|约|近|{ph.EFFORT}|累计|每年|年均|{ph.YEAR_PHRASE}|共|新增加|达到|各|好|出|了)$"
)


def is_attribute(s: Sentence, mention: Mention) -> bool:
    """The quantity belongs to a longer name: 产值超500亿元的集群, 7岁以下儿童, 5000吨级泊位, 1公里范围内."""
    after = s.text[mention.end :]
    unit = mention.base_unit
    if mention.unit is None or mention.form != "number" or unit in ("%", "‰", "个百分点", "百分点", "倍", "成"):
        return False
    if AROUND.match(after):
        return True
    level = unit not in COUNT and unit not in EXTENT
    if level and unit not in TIME and BELOW.match(after):
        return True
    before = s.text[s.boundary(mention.start, 0) : mention.start]
    if ph.at_end(HAS_CAPACITY, before) and OF_CAPACITY.match(after):
        return False
    if re.search(r"(?:总规模|首期规模|首期|规模|总额|总投资)(?:不低于|超过|达到|达|约)?$", before) and re.match(
        r"(?:以上)?的", after
    ):
        return False
    if (
        level
        and unit not in TIME
        and DESCRIBED.match(after)
        and not (peel(before).signed and re.match(r"[以左]?[上右]?目标", after))
    ):
        return True
    doing = ph.at_end(ph.ENDS_IN_ACTION, unsigned(before)) is not None
    if unit not in PLAIN_COUNTS and not doing and ATTRIBUTE.match(after):
        return True
    if (
        level
        and not doing
        and re.match(
            r"(?:以上|以下|及以上|以内|左右)?的(?!目标|水平|速度|规模|任务|增速|增长|比例|增幅|[^，。；]{1,8}(?:能力|产能)(?:[，。；]|$))(?=[一-龥])",
            after,
        )
    ):
        return True
    if unit in EXTENT and re.match(r"的(?!目标|任务|规模|建设|改造)[一-龥]", after) and not doing:
        return True
    if unit in TIME:
        if re.search(DURATION.pattern, s.text[max(0, mention.start - 40) : mention.start]) and (
            peel(before).change or peel(before).signed
        ):
            return False
        readings = [peel(before), peel(re.split(r"\d", before, maxsplit=1)[0])]
        return not any((r.signed or r.change) and DURATION.search(r.phrase) for r in readings)
    return False


def is_no_goal(s: Sentence, mention: Mention, phrase: str, reading: Reading, start: int) -> bool:
    """A named quantity that nevertheless states no goal."""
    name = clean_name(phrase)
    after = s.text[s.stop(mention) :]
    before = s.text[start : mention.start]
    if mention.form != "number":
        return False
    if ph.at_end(NORM, before) or re.fullmatch(r".{0,8}财政.{0,8}(?:安排|统筹投入|统筹|落实)", name):
        return True
    if ph.at_end(STATES, before) and not re.search(r"力争|确保|目标|争取|到20\d\d年", s.text[: mention.start]):
        s.factual = True
        return True
    if s.factual and "同比" in before:
        return True
    if mention.base_unit in ("次", "场", "期") and mention.value == 1:
        return True
    if mention.unit is None:
        closed = not after or re.match(r"[，。；、）和及]|以", after) is not None
        return not (
            reading.signed
            and closed
            and name
            and (
                ph.MEASURE_TAIL.search(name) or re.search(r"指数|系数|水平|得分|评分|比|率|容积率|PUE|系数）|）$", name)
            )
        )
    unit = mention.base_unit
    lead = ph.clean_lead(before)
    listed = bool(s.found) and re.match(r"[、和及与，]", before) is not None
    if unit in COUNT or unit in EXTENT:
        if ph.at_end(SKIP_BEFORE, before) and not reading.signed:
            return True
        if reading.signed or reading.change or s.acting or s.yearly(mention.start):
            return False
        if (
            ph.LEAD_ACTION.match(lead)
            or ph.KEPT_VERB.match(lead)
            or ph.INNER_ACTION.search(lead)
            or MONEY_VERB.match(lead)
            or FOR_WHOM.match(lead)
            or (ph.at_end(WORK_DONE, lead) and not re.search(r"现有|现状|涉及|原有|共有|需要|存在|\d", lead))
        ):
            return False
        return not (ph.MEASURE_TAIL.search(name) or s.aims(start) or listed)
    if reading.signed or reading.change:
        return re.search(r"(?:概算|估算投资|投资约|资本金)$", name) is not None
    if (
        CHANGE_RATE.match(s.text, mention.end)
        or ph.at_end(ph.COMPARE, before, 48)
        or re.search(r"占[^，]{1,30}(?:的)?$", before)
    ):
        return False
    if re.search(r"(?:概算|注册资本|资本金比例|资本金)$", name) or re.fullmatch(r"(?:计划)?总?投资", name):
        return True
    if after and re.match(r"[一-龥]", after) and not ph.STOP_AFTER.match(after) and not ph.ENDING.match(after):
        return True
    if unit in ("%", "‰"):
        return not (ph.MEASURE_TAIL.search(name) or ((s.found or s.aims(start)) and len(name) <= 14))
    return not (
        ph.KEPT_VERB.match(lead)
        or MONEY_VERB.match(lead)
        or ph.MEASURE_TAIL.search(name)
        or MONEY_NOUN.search(name)
        or listed
    )
