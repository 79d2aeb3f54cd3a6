"""Words and marks that give a value its comparison sign: 不低于, 控制在, 以上, ≥ …"""

import re
from typing import Literal

Comparator = Literal[">=", ">", "<=", "<", "="]

# One entry a word; change a sign here and nowhere else. A bare “达到70%” is >= because reaching it is enough.
BEFORE: dict[str, Comparator] = {}
for _sign, _words in {
    ">=": "达到 达至 达 实现 为 是 保持在 保持 稳定在 稳定达到 稳定 维持在 巩固在 提高到 提高至 提升到 提升至 增加到 增加至 增长到 增长至 扩大到 扩大至 "
    "发展到 发展至 壮大到 扩展到 拓展到 增至 升至 提至 上升到 上升至 恢复到 延长到 延长至 做大到 完成 不低于 不少于 不小于 不得低于 不得少于 不能低于 不短于 至少 最低 "
    "达到或超过 突破 冲刺 冲击 跨越 迈上 跃上 迈向",
    ">": "超过 超 超出 高于 大于 多于 超过了 优于",
    "<=": "不超过 不超 不逾 不高于 不大于 不多于 不得超过 不得高于 不能超过 控制在 控制到 控制 限制在 压减到 压减至 压缩到 压缩至 缩短到 缩短至 缩减到 缩减至 降到 降至 "
    "降低到 降低至 降为 下降到 下降至 减少到 减少至 减至 压降至 压降到 最多 最高 稳控在 缩小到 缩小至 压缩为",
    "<": "低于 小于 少于 不足 不到",
    "=": "约 大约 约为 接近 近",
}.items():
    for _word in _words.split():
        BEFORE[_word] = _sign  # type: ignore[assignment]
AFTER: dict[str, Comparator] = {
    "以上": ">=", "及以上": ">=", "之上": ">=", "以内": "<=", "之内": "<=", "以下": "<=", "及以下": "<=",
    "左右": "=", "上下": "=", "余": ">=", "多": ">=",
}  # fmt: skip
SYMBOLS: dict[str, Comparator] = {
    ">=": ">=",
    "≥": ">=",
    "≧": ">=",
    "⩾": ">=",
    ">": ">",
    "<=": "<=",
    "≤": "<=",
    "≦": "<=",
    "⩽": "<=",
    "<": "<",
    "=": "=",
}


for _verb in [
    "提高",
    "提升",
    "增加",
    "增长",
    "扩大",
    "发展",
    "壮大",
    "扩展",
    "拓展",
    "扩充",
    "上升",
    "恢复",
    "延长",
    "做大",
    "推广",
    "增",
    "升",
    "提",
    "优化",
    "扩",
    "覆盖",
    "延伸",
    "回升",
    "达",
    "累计达",
    "攀升",
]:
    for _end in ("到", "至"):
        BEFORE.setdefault(_verb + _end, ">=")
for _verb in [
    "压减",
    "压缩",
    "缩短",
    "缩减",
    "降",
    "降低",
    "下降",
    "减少",
    "减",
    "压降",
    "缩小",
    "控制",
    "下调",
    "收窄",
    "精简",
    "削减",
    "压",
]:
    for _end in ("到", "至", "为"):
        BEFORE.setdefault(_verb + _end, "<=")

_before_words = "|".join(sorted(BEFORE, key=len, reverse=True))
SIGN_BEFORE = re.compile(rf"(?:{_before_words})$")
SIGN_AFTER = re.compile("|".join(sorted(AFTER, key=len, reverse=True)))
