"""Service standards: what each person or household is given (为每名退役军人提供2次职业介绍). A promise to
everyone, no goal of the plan.
"""

import re

from . import phrases as ph
from .counted import noun_after
from .numbers import Mention
from .peel import peel
from .result import add
from .sentence import Sentence
from .subjects import level_name
from .units import COUNT, TIME

STANDARD = "服务标准，不计为目标"
_PEOPLE = r"(?:人员|毕业生|军人|老人|老年人|儿童|群众|居民|职工|农民工|学生|家庭|妇女|青年|患者|残疾人|孕产妇|对象|用户|教师|农户|住户|劳动者|企业|家长|婴幼儿|旅客|游客)"
_GIVES = r"(?:提供|开展|推荐|推介|接受|给予|安排|组织|落实|配备|配置|进行|参加|获得|赠送|上门|走访|探访|享受|享有|完成|培训|服务|发放|免费|帮带|带教|结对|联系|包联|帮扶|指导)"
# For each: 为每名…提供, 每位老人每年享受, 每户至少配备. Never 每千名, 每万人, 每个县.
FOR_EACH = re.compile(
    rf"(?:(?:为|向|给|对|替|与)[^，。；：\d]{{0,12}}每一?(?:名|位|户|人|个|对|例|所|村|家)|每一?(?:名|位|户|人(?!均|口)))[^。；\d]{{0,24}}?(?P<gives>{_GIVES})"
)
# For people in general, where the number is one of times: 对失业人员至少提供1次职业指导.
FOR_PEOPLE = re.compile(
    rf"(?:为|向|给|对)[^，。；：\d]{{1,20}}{_PEOPLE}[^，。；\d]{{0,12}}(?P<gives>提供|开展|给予|进行|落实|安排)"
)
_TIMES = frozenset({"次", "场", "份", "天", "小时", "学时", "课时", "分钟", "周", "项"})
_MANY = 12  # more times than this are given to nobody: the number counts all of them
_RATE = re.compile(r"(?:率|比例|比重|水平|收入|面积)$")


def read_standard(s: Sentence, mention: Mention, following: Mention | None) -> bool:
    """Put a service standard aside. True when the value is one."""
    unit = mention.base_unit
    if (unit not in COUNT and unit not in TIME) or mention.form != "number":
        return False
    begin = max(s.text.rfind("；", 0, mention.start) + 1, mention.start - 120, 0)
    before = s.text[begin : mention.start]
    each = FOR_EACH.search(before)
    people = FOR_PEOPLE.search(before) if unit in _TIMES and mention.value <= _MANY else None
    governing = each or people
    if governing is None:
        return False
    since = before[governing.end() :].rsplit("，", 1)
    own = ph.clean_lead(since[1]) if len(since) == 2 else ""
    if since[0].count("，") or ((ph.LEAD_ACTION.match(own) or ph.KEPT_VERB.match(own)) and not re.match(_GIVES, own)):
        return False  # a clause further on, with a verb of its own: …，新建服务站30个
    start = s.boundary(mention.start)
    stop = s.stop(mention)
    name, end = noun_after(s, stop, following) if re.match(r"的?[一-龥]", s.text[stop:]) else ("", stop)
    if not name or ph.STOP_AFTER.match(s.text[stop:]):
        clause = re.sub(rf"^.*每一?(?:名|位|户|人|个)[^，。；\d]*?{_GIVES}", "", s.text[start : mention.start])
        name, end = ph.polish(ph.clean_tail(level_name(ph.clean_lead(peel(clause).phrase)))), stop
        name = name or governing.group("gives")
    if _RATE.search(name):
        return False
    name = re.sub(r"^(?:免费|无偿|上门|的)+(?=.{2,})", "", name)
    sign = peel(s.text[start : mention.start]).sign or ">="
    if s.sign_after(mention) in ("以内", "之内", "以下"):
        sign = "<="
    add(s, name, sign, mention, "count" if unit in COUNT else "level", start, end, [STANDARD], standard=True)
    s.cursor = end
    return True
