"""Units of measure as plans write them, and what may stand behind them."""

import re

MULTIPLES = "万亿 千亿 百亿 十亿 亿 千万 百万 十万 万 千 百"
# Units parted by spaces.
COUNT_UNITS = (
    "份 户次 家次 件次 学时 课时 幢 栋 桶 票 趟 场次 批次 人年 万亩次 亩次 个 家 项 件 条 座 所 处 户 名 人次 人 场 次 期 支 "
    "套 台 辆 艘 架 张 种 款 部 批 只 头 羽 株 棵 岁 间 片 对 位 幅 篇 例 单 站 点 门 册 宗 起 笔 枚 盏 根 列 班 村 镇 "
    "县 市 园 店 机架 标准机架 架次 车次 班次 标准箱 标箱 TEU 学位 床 端口 周 字 部门 届 颗 孔 眼 口 路"
)
EXTENT_UNITS = "亩次 亩 公顷 平方公里 平方千米 平方米 公里 千米 米 人口 头只 万头 尾"
MEASURE_UNITS = (
    "蒸吨/小时 蒸吨 元 美元 人民币 欧元 千瓦时 千伏安 千瓦 瓦时 兆伏安 瓦 兆瓦时 兆瓦 吉瓦时 吉瓦 kWh kW MW GW MWh GWh "
    "KWh 度 吨标准煤 吨标煤 吨二氧化碳当量 吨二氧化碳 吨 公斤 千克 斤 克 担 立方米 方 升 天 年 小时 分钟 秒 工作日 个工作日 个月 月 "
    "摄氏度 ℃ ‰ % 个百分点 百分点 倍 成 位 微克 毫克 毫米 厘米 平方 焦耳 大卡 千卡 分贝 EFLOPS PFLOPS Eflops "
    "EFlops Tbps Gbps Mbps TB PB EB P E T GB 分 级 等 m3 m³ m2 m² km2 km² hm2 hm² t/h t/d"
)
# What a rate is per, where that is no unit by itself: 吨/日, 课时/周.
PER = "日 昼夜 时 学年 学期 周 季度 生 例 车 百户 千人 万人 h d a s"
COUNT = frozenset(COUNT_UNITS.split())
EXTENT = frozenset(EXTENT_UNITS.split())
TIME = frozenset(["天", "年", "小时", "分钟", "秒", "工作日", "个工作日", "个月", "月", "周", "岁"])
_every = {re.escape(unit) for unit in f"{COUNT_UNITS} {EXTENT_UNITS} {MEASURE_UNITS}".split()}
_units = "|".join(sorted(_every, key=len, reverse=True))
_per = "|".join(sorted({*PER.split(), *_every}, key=len, reverse=True))
_multiples = "|".join(sorted(MULTIPLES.split(), key=len, reverse=True))
# A unit, perhaps multiplied (亿元) and perhaps per another (万元/亩, 微克/立方米, 件/万人).
UNIT = re.compile(
    rf"/(?:10|十)?万|(?:{_multiples})?(?:{_units})(?:标准煤|标煤|二氧化碳当量)?(?:（?/[一-龥A-Za-z]{{0,2}}?(?:{_per}|标准煤|[一-龥]{{1,4}}?(?=以|左|，|。|；|、|）|（|的|$|和|及))(?:·(?:{_units}))?)?|(?:{_multiples})(?![一-龥])|亿"
)
TWIN = re.compile(rf"（(?:{_units})）")
# What may not follow a unit, else it is part of a word: 5项目, 3部门, 10条件, 20个人账户. Patterns; the
# counter-cases are theirs: 6项目标, 3个人工智能平台, 25名优秀教师, 8家电商企业.
NOT_AFTER = {
    unit: re.compile(pattern)
    for unit, pattern in {
        "项": "目(?!标)", "部": "[门委省件]", "人": "[才工均民大行]", "支": "[持撑付]", "处": "[理置于级]", "所": "[有在]", "位": "[于居列置]",
        "条": "[件例]", "点": "[击]", "期": "[间望]", "次": "[级产要]",
        "个": "人(?!工智能|才|口|文|形|居|民(?:调|法|检))|体(?!育|验|检|系|校)|性", "户": "籍|外(?!贸|资)",
        "名": "[单录牌]|优(?=特|新|产|茶|品)|特(?=优|产|色)", "市": "[级直州]|场", "县": "[级域]", "村": "[级庄民]", "分": "[别类级布散]",
        "年": "[均度级代前后来内期初中底末间的以]", "元": "[素件]", "家": "庭|具(?!有|备|体)|电(?!商|子|力|竞|影|解|池|机|站|气|动|镀|缆|信|梯|厂|视)", "站": "[点位]",
        "门": "[类户槛]", "成": "[为功立果本品效长熟]", "方": "[面案向式法便米]", "台": "[账湾]", "例": "[如]", "只": "[有]",
        "种": "[子质业养]|植(?!物|株|被)", "类": "[型别]", "场": "景(?!区|观|点)|[所地]", "片": "[区]", "对": "[接外标]", "面": "[积]",
        "月": "[底末]", "天": "[然]", "周": "[边期转]", "园": "[区]", "店": "[铺]", "班": "[次]", "口": "[岸径]", "路": "[线网灯桥面径段]", "单": "[位项体元]",
        "根": "[据本]", "字": "[号]", "眼": "[光]", "万": "[众]", "列": "[入为]", "起": "[步草]", "担": "[保]", "升": "[级规]",
        "吨": "[级]", "倍": "[增速]",
    }.items()
}  # fmt: skip


def unit_at(text: str, at: int) -> tuple[str, int] | None:
    """(unit, end) of the unit that starts at ``at``."""
    match = UNIT.match(text, at)
    if not match or not match.group():
        return None
    unit, end = match.group(), match.end()
    twin = TWIN.match(text, end)
    if twin:
        return unit + twin.group(), twin.end()
    if "/" not in unit:
        banned = NOT_AFTER.get(unit[-1])
        if banned is not None and banned.match(text, end):
            return _shorter_unit(text, at, unit)
    return unit, end


def _shorter_unit(text: str, at: int, unit: str) -> tuple[str, int] | None:
    """10万户籍 … → nothing; 2000人才 → nothing; 5个部门 keeps 个."""
    for size in range(len(unit) - 1, 0, -1):
        if unit[:size] in COUNT:
            return unit[:size], at + size
    return None
