"""Numbers of documents, of receipts and of what is filed: each of its own series, without gaps.

They belong to a body, not to a node: GB/T 9704 names a document by the body's code word, year and number,
archive codes begin with the body's fonds, and a body's register is kept on one node. So two nodes cannot give
the same number, and the node has no part in it (decision 17).
"""

import datetime as dt

from qiangqu.records.numbering import take

from ..models.documents import IssuingBody


def document_number(body: IssuingBody, year: int) -> str:
    """发文字号 of GB/T 9704—2012 7.2.5: code word, year in full in 〔〕, the number without leading zeros:
    宁工信发〔2026〕3号.
    """
    return f"{body.code_word}〔{year}〕{take(f'document:{body.pk}:{body.code_word}', year=year)}号"


def receipt_number(body: IssuingBody, day: dt.date) -> str:
    """收文编号: the body's own running number of the year in which the document came in."""
    return f"收〔{day.year}〕{take(f'receipt:{body.pk}', year=day.year)}号"


def archive_code(fonds: str, year: int, retention: str) -> str:
    """档号 of DA/T 22—2015 5.4.2, classified by year and retention period (5.2.3: bodies without a third
    class): Z109-WS·2026-D30-0001. ``WS`` is the category 文书档案; the item number has four digits and begins
    anew with each year and period."""
    return f"{fonds}-WS·{year}-{retention}-{take(f'archive:{fonds}:{retention}', year=year):04d}"
