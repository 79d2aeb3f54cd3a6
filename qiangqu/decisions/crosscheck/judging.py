"""All questions of the cross-check at once."""

from collections.abc import Sequence

from .copying import copied
from .line import Yearly, below_line
from .model import Fitted, fit
from .panel import Flag, Panel
from .shifting import SHARE as SHIFTED
from .shifting import shifted
from .windows import SHARE, too_high

#: of the false alarms that are allowed, this part is for the first claim
FIRST_PART = 0.75
APART = 2  # months by which the edges of a stretch are uncertain


def judge(
    panel: Panel, yearly: Yearly | None = None, *, claims: Sequence[str] = ("output",), recent: int = 12
) -> tuple[list[Flag], list[Fitted]]:
    """Flags about the last ``recent`` months of ``panel`` and the last year of ``yearly``; with them what the
    meters say about each of ``claims``.

    An enterprise is flagged once for each kind of suspicion (the surest claim). Where a stretch that is
    too high begins, months beside each other differ: that is no shift as well.
    """
    fits = [fit(panel, claim) for claim in claims]
    found: dict[tuple[int, str, int], Flag] = {}
    for at, fitted in enumerate(fits):
        part = 1.0 if len(fits) == 1 else FIRST_PART if at == 0 else (1 - FIRST_PART) / (len(fits) - 1)
        for flag in (
            *too_high(panel, fitted, recent=recent, share=SHARE * part),
            *shifted(panel, fitted, recent=recent, share=SHIFTED * part),
        ):
            key = (flag.row, flag.what, 0)
            if key not in found or found[key].score - found[key].limit < flag.score - flag.limit:
                found[key] = flag
    for row, what, at in list(found):
        over = found.get((row, "over", 0))
        one = found[row, what, at]
        if what != "shift" or over is None:
            continue
        near = one.first <= over.last + APART and one.last >= over.first - APART
        if near and (one.gap or 0.0) < 2 * (over.gap or 0.0):  # the edge of the stretch
            del found[row, what, at]
    for flag in copied(panel, recent=recent):
        found[flag.row, flag.what, flag.first] = flag
    if yearly is not None:
        for flag in below_line(yearly):
            found[flag.row, flag.what, 0] = flag
    return sorted(found.values(), key=lambda flag: (flag.row, flag.first, flag.what)), fits
