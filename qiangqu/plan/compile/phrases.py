"""Word lists of plan language and the cleaning of noun phrases into indicator names."""

import re

# Names that hold a conjunction or a list comma of their own; they never split.
COMPOUND_NAMES = (
    "软件和信息技术服务业|软件和信息服务业|信息传输、软件和信息技术服务业|文化、体育和娱乐业|交通运输、仓储和邮政业|住宿和餐饮业|批发和零售业|批发零售和住宿餐饮业|"
    "科学研究和技术服务业|水利、环境和公共设施管理业|居民服务、修理和其他服务业|卫生和社会工作|租赁和商务服务业|农、林、牧、渔业|研究与试验发展|研究与开发|"
    "碳达峰和碳中和|碳中和|工业和信息化|发展和改革|住房和城乡建设|人力资源和社会保障|文化和旅游|废旧物资|产学研|互联网和相关服务|生物医药与健康|电力、热力|"
    "计算机、通信和其他电子设备制造业|铁路、船舶、航空航天|维护和修复|废水和废气|新能源和智能网联汽车|智能家电和|和谐|总和|饱和|共和|及时|普及|涉及|参与|与会"
)
COMPOUND = re.compile(COMPOUND_NAMES)

AREA = r"(?:全自治区|全区|全省|全市|全县|全州|全盟|全旗|全域|全国|全县域|我区|我省|我市|我县|我州|本区|本省|本市|全社会(?=规上|规模以上))"
YEAR_PHRASE = (
    r"(?:(?:力争|确保|争取|预计|计划|在)?(?:到|至|截至|于)?(?:20\d\d[—\-~至到、和])?(?:20\d\d)年?(?:\d{1,2}月)?(?:底前?|年底前?|末前?|年末|之前|以前|前|起|时|间|期间)?|"
    r"(?:到|至)?“?十[三四五六]五”?(?:规划)?(?:末期|期末|末年|末|期间|时期|以来)|未来[三五]年|今后[三五]年|[三五两]年内|规划期(?:内|末|间)|行动期(?:内|末)|届时|到(?:本世纪|那时)[^，]{0,6})"
)
EFFORT = r"(?:力争|争取|努力|确保|保证|预计|预期|计划|力促|奋力|全力|务求|必须)"
ADVERB = (
    r"(?:进一步|不断|持续|逐步|逐年|加快|着力|大力|积极|全面|稳步|稳妥|有序|扎实|深入|切实|重点(?=培育|打造|建设|推进|支持|引进|实施|发展)|分批次|分批|分期分批|分年度|滚动|梯度|择优|新增加|"
    r"总体上?(?=达|保)|基本上?|大体|原则上|累计|合计|共计|总共|一共|年均(?!增|增速|降)|平均每年|每年度?|每季度|至少|分别|力求|有望|其中|率先|统筹|同步|相应|显著|明显|大幅度?|有效|高质量(?=建设|打造|培育)|高标准(?=建设|打造|建成)|高水平(?=建设|打造)|"
    r"优先(?=发展|培育|建设)|适时|主动|集中|合理|科学(?=布局|规划|设置)|广泛|联合(?=实施|开展|建设|打造|攻关)|共同|辐射|全年|组团|成功|陆续|同时|此外|另外|每个?(?:县|市|区|乡镇|街道|园区)(?:（[^）]*）)?(?=至少|建设|建成))"
)
# Verbs that carry an action on counted things. The look-aheads keep nouns that begin alike.
ACTION = (
    r"(?:培育壮大|培育打造|培育建设|培育发展|培育形成|培育认定|引进培育|引培|建设完善|建成投用|建成投产|建成并投用|建成运营|规划建设|谋划实施|谋划建设|组织实施|推动实施|启动实施|开工建设|竣工投产|"
    r"改造提升(?!工程|项目|行动)|新建改造|新建和改造|新建及改造|建设改造|新改扩建|新建改扩建|新建扩建|新建、改建|培育(?!库|率|期|计划)|培养(?!基地|体系)|打造|建设(?!用地|规模|面积|项目|工程|投资|任务|资金|进度|里程|标准)|建成(?!区|率)|创建|创成|争创|争取创建|"
    r"新建|改建|扩建|改造(?!率|面积|项目|任务|投资|里程|规模|户数|量)|实施(?!率|方案|面积)|形成|引进(?!外资|资金|率|省外)|引育|认定(?!数|机构|登记)|遴选|推广(?!面积|率|应用面积|数量)|推动|推进|促进|支持|组织(?!化|率|领导)|开展|举办|承办|完成(?!率|投资|额)|"
    r"发展(?!中心|基金|水平|指数|规模|速度|区|能力|质量|型)|壮大|做强|做大|集聚(?!区|度)|聚集|开发(?!区|利用|强度|园区|票|面积)|突破|研发(?!经费|投入|人员|机构|强度|活动|费用|中心|设计|平台|支出|成果|与|资金|团队|产业)|"
    r"研制(?!经费)|攻克|攻关|制定(?!率)|制订|主导或参与制定|主导或参与|主导(?!产业|产品)|参与(?!率|度|人次|人数)|修订|制修订|制（修）订|发布|转化(?!率|项目)|布局|部署|设立|组建|搭建|构建|开通|投放|配备|安装|建立(?!率)|健全|选树|树立|评选|评定|评价|"
    r"发放|投入(?!强度|占|产出|使用|总量|年均)|落地|签约(?!率|项目|金额|服务|资金)|储备(?!量|能力|规模|库|项目|率)|谋划|招引|招募|招录|招收|培训(?!人|率|基地|机构|中心|量|规模)|输送|选派|选聘|选拔|扶持|孵化(?!器|面积|基地|园|载体|平台|率)|入选|入围|获批|获评|获得(?!感)|取得|申报|"
    r"覆盖(?!率|面积|范围|人口|度)|服务(?!业|贸易|消费|机构|平台|收入|中心|站|网点|型|性|外包|企业数|人口|半径|能力|体系|热线|人次|事项|设施|满意|网|零售|对象|点|器|进出口|机器人|标准)|惠及|治理(?!率|面积|能力|达标|任务)|整治(?!率|面积|任务)|修复(?!面积|率|任务)|"
    r"种植(?!面积|业|规模)|创作|推出|归集(?!率|量|数)|开放(?!型|度|率|数)|接入(?!率|数|点|能力)|上线|处置(?!率|能力|量|设施)|收储(?!量|面积)|提供(?!量)|增设|设置|配置|建档立卡|争取(?!到位)|导入|对接|编制|出台|补齐|盘活(?!率|面积)|"
    r"选育|繁育(?!基地|面积)|育成|授牌|命名|登记(?!率|量)|挂牌成立|成立|配建|加装|铺设|架设|更新改造|提升改造|改扩建|拓展|延伸|吸纳|汇聚|带动形成|遴选培育|遴选推广|推荐|拥有(?!量|率)|保有(?!量)|达到|实现|确定|选择|选取|打响|擦亮|叫响|做优|做精|新培育|新认定)"
)
# Verbs that are part of what is counted: the name would say something else without them.
KEPT_VERB = re.compile(
    r"^(?:新增|净增|新建|改造|淘汰|退出|压减|关停|化解|减排|减少|节约|节能|带动|吸引|吸纳|引进|招引|培训|治理|整治|修复|盘活|消化|推广|转移|处置|收储|新培育|新认定|新引进)"
)
PIVOT = r"(?:推动|推进|促进|带动|引导|保持|确保|使|保障|将|实现|完成|达成|形成|力争|支撑|拉动|支持|鼓励|建成|突出|做到|落实)"

LEAD_STRIP = re.compile(rf"^(?:[、，。；：和及与并且且或到]|以及|{YEAR_PHRASE}，?|{EFFORT}|{AREA}|其中|另外|——|—|-|•|·)")
LEAD_ADVERB = re.compile(rf"^(?:{ADVERB}(?=.{{2,}})|(?:再|新|还|也|将|要|应|须|可|均|都|使|让|并|且|共|年|协同|新再|再新)(?=(?:新|再)?(?:{ACTION})))")
LEAD_ACTION = re.compile(rf"^(?:{ACTION})")
LEAD_PIVOT = re.compile(rf"^{PIVOT}(?=.{{3,}})")
TAIL_STRIP = re.compile(
    rf"(?:[、，：“（]|{EFFORT}|将|要|均|都|各|分别|总体|总体上|稳步|平均|大幅|大幅度|累计|合计|共计|共|总计|基本|基本上|进一步|逐步|持续|每年|全年|年均|年|至少|{PIVOT}|{YEAR_PHRASE}|有|为|的|数值|也|再|率先|全部|显著|稳定|动态|全面|逐年|平稳|明显|有效|并|且)$"
)
BASE_PHRASE = re.compile(
    r"(?:（?(?:比|较|相比|相较于?|与|在|以|对比)(?:20\d\d年?|上年|上一年|上年度|去年|基期|同期|“?十[三四]五”?末?(?:期末|时期)?|现有|目前|原有|当前)(?:末|底|年底|年末)?(?:的)?(?:水平|基础上?|为基期|为基准|相比|同期|实际值?)?(?:上|的基础上|基础上|，)?）?)"
)
FROM_TO = re.compile(r"(?:由|从)(?:20\d\d年?(?:末|底)?(?:的)?)?$")
CHANGE = re.compile(
    r"(?P<annual>年均|平均每年|每年平均|每年|逐年|年平均|(?<!\d)年)?(?:再|累计|总体|合计|共|净|分别|均|平均|大幅|实现|稳步|持续|进一步|复合|同比|递)*"
    r"(?:(?P<up>增长|增加|提高|提升|上升|扩大|递增|增进|增值)|(?P<down>下降|降低|减少|压减|压降|削减|缩短|压缩|缩减|下调|减排|降|缩小))(?:幅度|比例)?$"
)
CHANGE_TO = re.compile(r"(?:下降|降低|减少|压减|压降|削减|缩短|压缩|缩减|缩小|下调|降|减)(?:到|至|为)$")
COMPARE = re.compile(r"(?:(?P<noun>增速|增长率|增幅|年均增速|年均增长|增长|水平)?(?P<sign>高于|快于|超过|高出|领先|低于|优于|多于|大于|慢于)(?P<ref>[^，。；：、\d]{1,24}?))$")

MEASURE_NOUN = (
    r"(?:工业增加值|增加值|总产值|产值|营业总收入|营业收入|主营业务收入|销售收入|销售总额|销售额|总收入|收入|交易总额|交易额|成交总额|成交额|零售总额|零售额|进出口总额|进出口总值|进出口额|出口总额|出口额|进口额|总额|投资总额|投资额|总投资|投资|"
    r"投入强度|研发投入|投入|经费|支出|利润总额|利润|税收收入|税收|总产量|单产|产量|产能|重点工程减排量|减排量|排放总量|排放强度|排放量|排放|消费总量|消费量|消耗量|消耗|能耗|综合能耗|用水总量|用水量|用电量|发电量|装机容量|装机总容量|总装机|装机规模|装机总量|装机|"
    r"储能规模|生产能力|供应能力|供给能力|处理能力|储气能力|供水能力|能力|播种面积|建设面积|保护面积|种植面积|面积|通车里程|里程|长度|总人次|人次|人数|人口|总规模|规模|总量|总数|数量|床位数|床位|拥有量|保有量|存栏量|出栏量|存栏|出栏|蓄积量|存量|余额|"
    r"平均浓度|浓度|天数|时间|周期|时限|年限|寿命|满意度|人均可支配收入|可支配收入|比重|占比|比例|份额|覆盖率|普及率|增长率|年均增速|年均增长率|年均增幅|增速|增幅|强度|指数|系数|水平|密度|市值|价值|品牌价值|建成数|用户数|户数|数|量|率|值|额|度)"
)
MEASURE_TAIL = re.compile(rf"{MEASURE_NOUN}$")
RATE_TAIL = re.compile(r"(?:年均增长率|年均增速|年均增幅|平均增速|增长率|增速|增幅|占[^，、]{1,30}(?:的)?(?:比重|比例|比|份额)|(?:的)?占比|所占比重|(?:的)?比重|(?:的)?比例|贡献率)$")
NOT_MEASURE = re.compile(r"(?:化学需氧量|总磷|总氮|质量|数量型|重量|能量|流量|热量|商品率|大数据|数据|指数级|程度)$")
ENDS_RATE = re.compile(r"(?:降低|下降|减少|提高|率|增速|增幅|比重|占比|比例|强度|系数|指数|度)$")
# Measures that say nothing without their owner.
GENERIC_MEASURE = re.compile(
    r"^(?:产业|行业|企业|总体)?(?:工业增加值|增加值|总产值|产值|产业规模|产业产值|全产业链产值|综合产值|年产值|营业收入|年营业收入|营收|主营业务收入|销售收入|年销售收入|销售额|总收入|收入|投资|产量|总产量|年产量|规模|总规模|总量|总数|总额|总数量|数量|占比|比重|比例|所占比重|增速|年均增速|增长率|增幅|面积|产能|覆盖率|普及率|利润|税收|利税|出口额|装机|装机容量|装机规模|年均增幅)$"
)
COUNT_WORD = re.compile(r"^(?:总量|总数|数量|总数量|总规模|规模|总计|累计总量|企业总数|企业数量)$")
GENERIC_COUNT = re.compile(
    r"^(?:重点|重大|各类|一批|示范|试点|典型|优质)?(?:项目|企业|人才|标准|任务|工程|场景|平台|机构|基地|园区|活动|产品|技术|品牌|人|户|县|村|面积|投资|资金|用地|规模|数量|总量|案例|中心|岗位|地方标准|就业|服务|成果|产能)$"
)


def strip_brackets_outside(text: str) -> str:
    """Drop a bracketed remark that opens or ends the phrase: “（2020年为12%）产值” → “产值”."""
    text = re.sub(r"^（[^（）]*）", "", text)
    text = re.sub(r"^[^（）]*）", "", text) if text.count("）") > text.count("（") else text
    return re.sub(r"（[^（）]*$", "", text) if text.count("（") > text.count("）") else text


def clean_lead(phrase: str) -> str:
    """Without years, areas, adverbs and conjunctions in front."""
    for _ in range(20):
        shorter = strip_brackets_outside(phrase)
        shorter = LEAD_STRIP.sub("", shorter, count=1)
        shorter = LEAD_ADVERB.sub("", shorter, count=1)
        if shorter == phrase:
            break
        phrase = shorter
    return phrase


def clean_tail(phrase: str) -> str:
    """Without verbs, adverbs and punctuation at the end."""
    for _ in range(20):
        shorter = TAIL_STRIP.sub("", phrase, count=1)
        if shorter == phrase or not shorter:
            return shorter
        phrase = shorter
    return phrase


def strip_actions(phrase: str) -> str:
    """Without the verbs of an action in front, unless what is left would be an empty name such as 项目."""
    for _ in range(6):
        lead = clean_lead(phrase)
        match = LEAD_ACTION.match(lead)
        if not match or KEPT_VERB.match(lead):
            return lead
        rest = clean_lead(lead[match.end() :].lstrip("、和及与并或了"))
        if len(rest) < 2:
            return lead
        if GENERIC_COUNT.match(rest):
            return lead if not LEAD_ACTION.match(rest) else rest
        phrase = rest
    return phrase


PREPOSITION = re.compile(
    r"^(?:在|围绕|聚焦|依托|通过|以|按照|面向|针对|支持|鼓励|推动|引导|组织|依照|根据|结合|利用|对|为|由|从|每年|各市|各县|各区|各地|加大|加强|深化|强化|完善|健全|优化|做强|做优|遴选|指导|力争|发挥|借助|充分|坚持|建立)"
)
INNER_ACTION = re.compile(
    r"(?:培育认定|培育壮大|培育打造|培育形成|新培育|培育|打造|创建|创成|争创|新建成|新建|建成|建设|组建|搭建|构建|引进|招引|遴选|认定|形成|实施|完成|开展|举办|设立|评选|选树|推广|推出|新增|开发|突破|攻克|制定|发布|获批|集聚|达到|实现|扶持|布局|改造|开通|培养|引育|转化)(?=[^，。]{2,})"
)


def cut_to_object(phrase: str) -> str:
    """“在重点领域培育龙头企业” → “龙头企业”: a phrase that opens with a preposition keeps what follows its last verb."""
    if not PREPOSITION.match(phrase):
        return phrase
    last = None
    for match in INNER_ACTION.finditer(phrase):
        if match.start() >= 1:
            rest = phrase[match.start() :]
            if strip_actions(rest) != rest and not GENERIC_COUNT.match(strip_actions(rest)):
                last = match
    return phrase[last.start() :] if last else phrase


def polish(name: str) -> str:
    """Final form of an indicator name: no loose brackets, connectors or spaces at the edges."""
    name = name.strip(" 、，。；：—-的和及与“" if name.count("“") > name.count("”") else " 、，。；：—-和及与")
    if name.count("”") > name.count("“"):
        name = name.replace("”", "", 1) if name.endswith("”") or name.startswith("”") else name
    if name.endswith("的"):
        name = name[:-1]
    name = re.sub(r"（[^（）]{0,12}(?:下同|以下简称)[^（）]*）", "", name)
    return strip_brackets_outside(name).strip(" 、，。；：")


def split_conjuncts(phrase: str, wanted: int = 0) -> list[str]:
    """Parts of a list “A、B和C”. With ``wanted`` it splits at 和/及/与 only as far as needed to reach that many.

    >>> split_conjuncts("亩均产值、亩均税收、投资强度", 3)
    ['亩均产值', '亩均税收', '投资强度']
    """
    masked = COMPOUND.sub(lambda m: m.group().replace("、", "\x01").replace("和", "\x02").replace("与", "\x03").replace("及", "\x04"), phrase)
    masked = re.sub(r"（[^（）]*）|“[^“”]*”", lambda m: m.group().replace("、", "\x01").replace("和", "\x02").replace("与", "\x03").replace("及", "\x04"), masked)

    def restore(part: str) -> str:
        return part.replace("\x01", "、").replace("\x02", "和").replace("\x03", "与").replace("\x04", "及")

    parts = [p for p in re.split(r"[、，]", masked) if p]
    if wanted and len(parts) >= wanted:
        return [restore(p) for p in parts]
    for word in (r"以及|及其|及|和|与|或", ):
        if not parts:
            break
        # 和 comes before the last member; earlier ones only when still too few.
        for position in range(len(parts) - 1, -1, -1):
            pieces = [p for p in re.split(word, parts[position]) if p]
            if len(pieces) > 1 and (not wanted or len(parts) + len(pieces) - 1 <= wanted):
                parts[position : position + 1] = pieces
            if wanted and len(parts) >= wanted:
                break
            if not wanted:
                break
    return [restore(p) for p in parts]


ALTERNATIVES = (
    ("城镇", "农村", "城市", "乡村", "城乡"),
    ("国家级", "自治区级", "省级", "市级", "县级", "区级", "州级", "省部级"),
    ("男", "女"), ("风电", "光伏", "光电", "水电", "核电", "火电", "氢能", "储能", "太阳能"),
    ("国内", "国外", "国际", "境内", "境外", "入境"), ("大型", "中型", "小型"), ("第一产业", "第二产业", "第三产业"),
)  # fmt: skip


def share_affixes(parts: list[str]) -> list[str]:
    """Give every member of a list the beginning or ending that only one of them carries.

    >>> share_affixes(["开发区亩均产值", "亩均税收", "投资强度"])
    ['开发区亩均产值', '开发区亩均税收', '开发区投资强度']
    >>> share_affixes(["战略性新兴产业", "高技术制造业增加值占规模以上工业增加值的比重"])[0]
    '战略性新兴产业增加值占规模以上工业增加值的比重'
    """
    if len(parts) < 2:
        return parts
    parts = [p.strip() for p in parts]
    first, last = parts[0], parts[-1]
    # A common beginning: what stands before the first two characters that the second member repeats.
    second = parts[1]
    at = first.find(second[:2], 1) if len(second) >= 2 else -1
    if at >= 2 and not re.match(r"(?:占|国家|省级|市级|自治|高新|产业|企业|新型|规模|规上)", second[:2]):
        prefix = first[:at]
        if not prefix.endswith(("和", "及", "占", "的")) or prefix.endswith("的"):
            parts = [first, *[p if p.startswith(prefix[:2]) else prefix + p for p in parts[1:]]]
            last = parts[-1]
    suffix = _shared_suffix(parts[:-1], last)
    result = []
    for part in parts[:-1]:
        result.append(part + suffix(part))
    if "等" in last[1:-1]:
        head, _, tail = last.rpartition("等")
        if tail and head and MEASURE_TAIL.search(tail):
            last = head + tail
    return [*result, last]


def _shared_suffix(earlier: list[str], last: str):  # noqa: ANN202 - a small closure
    if "等" in last[1:-1]:
        tail = last.rpartition("等")[2]
        if tail and MEASURE_TAIL.search(tail):
            return lambda part: "" if part.endswith(tail) else tail
    for family in ALTERNATIVES:
        for word in family:
            if last.startswith(word) and any(part in family or part.endswith(family) and len(part) <= 5 for part in earlier):
                rest = last[len(word) :]
                return lambda part: rest if part.endswith(family) else ""
    level = re.match(r"^[^，]{1,8}?(?:级|型|类)(?=.)", last)
    if level and any(part.endswith(("级", "型", "类")) for part in earlier):
        rest = last[level.end() :]
        return lambda part: rest if part.endswith(("级", "型", "类")) else ""
    share = re.search(rf"({MEASURE_NOUN}?)(占[^、]{{1,30}})$", last)
    rate = RATE_TAIL.search(last)
    if share and (rate or last.endswith("的")):
        measure, tail = share.group(1), share.group(2)

        def with_share(part: str) -> str:
            if re.search(r"占.+(?:比重|比例|比|份额)$|占比$|率$", part):
                return ""
            return tail if MEASURE_TAIL.search(part) and not NOT_MEASURE.search(part) and not part.endswith("业") else measure + tail

        return with_share
    if rate:
        tail = rate.group()
        body = MEASURE_TAIL.search(last[: rate.start()])
        measure = body.group() if body else ""

        def with_rate(part: str) -> str:
            if ENDS_RATE.search(part):
                return ""
            return tail if MEASURE_TAIL.search(part) and not NOT_MEASURE.search(part) else measure + tail

        return with_rate
    measure_match = MEASURE_TAIL.search(last)
    if measure_match and not NOT_MEASURE.search(last):
        tail = measure_match.group()
        wide = re.search(rf"(?:综合|平均|重点工程|年|人均|总|实际|规模化|清洁|安全|资源化|无害化|良种|集中式?|污染物?|全面|优良){re.escape(tail)}$", last)
        tail = wide.group() if wide else tail
        if tail in ("率", "量", "数", "值", "额", "度") and len(last) > 4:
            # 利用率, 处理率 …: two more characters usually make the word.
            tail = last[-3:] if tail == "率" else tail
            tail = last[-4:] if tail == last[-3:] and last[-4:] in ("综合利用率",) else tail

        def with_measure(part: str) -> str:
            return "" if MEASURE_TAIL.search(part) and not NOT_MEASURE.search(part) else tail

        return with_measure
    return lambda part: ""
