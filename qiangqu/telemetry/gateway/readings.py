"""What a message says, in the shape in which every protocol gives it to the gateway: values of series with
their marks and times.
"""

Series = tuple[str, str]  # factor, statistic
INVALID = 0x80  # of a mark: the value does not count in means
UNAVAILABLE = "unavailable"  # the reason for a value that its device itself states to be unavailable


class Layout:
    """Which series a message has values of. A device says the same again and again: one layout serves all
    messages of a shape, and point numbers are looked up once for each."""

    __slots__ = ("series",)

    def __init__(self, series: "list[Series] | tuple[Series, ...]") -> None:
        self.series = tuple(series)


EMPTY = Layout(())


class Readings:
    """The values of one message. ``times`` is one time for all of them or a list, milliseconds UTC; ``flags``
    are marks as stored (a letter's code, with :data:`INVALID` when the value does not count).

    ``kept`` lists the places in the layout's series that the values belong to, when not all could be taken.
    ``refused`` counts what could not be, by reason; ``extras`` is what the message says besides values.
    """

    __slots__ = ("extras", "flags", "kept", "layout", "quirks", "refused", "times", "values")

    def __init__(self) -> None:
        self.layout: Layout = EMPTY
        self.values: list[float] = []
        self.flags: list[int] = []
        self.times: int | list[int] = 0
        self.kept: list[int] | None = None
        self.extras: dict[str, str] = {}
        self.quirks: set[str] = set()
        self.refused: dict[str, int] = {}

    @property
    def series(self) -> tuple[Series, ...]:
        """Factor and statistic of each value."""
        return self.layout.series if self.kept is None else tuple(self.layout.series[at] for at in self.kept)

    @property
    def unreadable(self) -> bool:
        """Whether nothing could be kept of what it says. A value that its device states to be unavailable was
        read.
        """
        return not self.values and not self.refused.keys() <= {UNAVAILABLE}

    def refuse(self, why: str, count: int = 1) -> None:
        self.refused[why] = self.refused.get(why, 0) + count
