"""Chinese numerals and dates: written as headings and papers write them, read as texts use them."""

import datetime as dt

DIGITS = "零一二三四五六七八九"
VALUES = {digit: value for value, digit in enumerate(DIGITS)} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}


def numeral(number: int) -> str:
    """0 to 9999 in Chinese numerals, as headings and list labels write them; Arabic digits beyond.

    >>> numeral(0), numeral(10), numeral(21), numeral(105), numeral(110), numeral(3005)
    ('零', '十', '二十一', '一百零五', '一百一十', '三千零五')
    """
    if not 0 <= number <= 9999:
        return str(number)
    if number < 10:
        return DIGITS[number]
    out = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            out += DIGITS[digit] + name
        elif out and number and not out.endswith("零"):
            out += "零"
    return out.removeprefix("一") if out.startswith("一十") else out


def value_of(text: str) -> float:
    """Value of a Chinese numeral; characters that belong to none are passed over.

    >>> value_of("一百二十"), value_of("两千三百"), value_of("三点五"), value_of("十二万"), value_of("一亿零五百万")
    (120.0, 2300.0, 3.5, 120000.0, 105000000.0)
    """
    whole, _, fraction = text.partition("点")
    total = section = digit = 0
    for char in whole:
        if char in VALUES:
            digit = VALUES[char]
        elif char in _PLACES:
            section += (digit or 1) * _PLACES[char]
            digit = 0
        elif char == "万":
            total += (section + digit) * 10_000
            section = digit = 0
        elif char == "亿":
            total = (total + section + digit) * 100_000_000
            section = digit = 0
    value = float(total + section + digit)
    if fraction:
        value += float("0." + "".join(str(VALUES[char]) for char in fraction if char in VALUES))
    return value


def date_words(day: dt.date) -> str:
    """A date as official papers write it: Arabic digits, months and days without a leading zero (GB/T
    9704-2012, 7.3.5.4).

    >>> date_words(dt.date(2026, 3, 5))
    '2026年3月5日'
    """
    return f"{day.year}年{day.month}月{day.day}日"
