"""Outlines of provinces with their cities, from npm ``echarts@4.9.0`` (labelled 示意图: not an approved
boundary).
"""

from django.templatetags.static import static

# GB/T 2260 province codes to the file names of the package
OUTLINES = {
    "11": "beijing", "12": "tianjin", "13": "hebei", "14": "shanxi", "15": "neimenggu", "21": "liaoning", "22": "jilin",
    "23": "heilongjiang", "31": "shanghai", "32": "jiangsu", "33": "zhejiang", "34": "anhui", "35": "fujian", "36": "jiangxi",
    "37": "shandong", "41": "henan", "42": "hubei", "43": "hunan", "44": "guangdong", "45": "guangxi", "46": "hainan",
    "50": "chongqing", "51": "sichuan", "52": "guizhou", "53": "yunnan", "54": "xizang", "61": "shanxi1", "62": "gansu",
    "63": "qinghai", "64": "ningxia", "65": "xinjiang", "71": "taiwan", "81": "xianggang", "82": "aomen",
}  # fmt: skip


def outline_url(area_code: str) -> str | None:
    """Address of the outline of the province that an administrative code (GB/T 2260) lies in; None where
    there is none.

    >>> OUTLINES["640100"[:2]]
    'ningxia'
    """
    name = OUTLINES.get(area_code[:2]) if area_code[:6].isdigit() else None
    return static(f"vendor/maps/{name}.json") if name else None
