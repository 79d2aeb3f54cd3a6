"""Words of HJ 212 that the program acts on."""

from enum import IntEnum, StrEnum


class Edition(IntEnum):
    """The upper six bits of ``Flag`` (HJ 212-2025, 6.3.3)."""

    E2005 = 0
    E2017 = 1
    E2025 = 2


class Command(StrEnum):
    """Commands (CN) that are not just stored."""

    SET_TIMEOUT = "1000"  # overtime and recount
    GET_TIME = "1011"
    SET_TIME = "1012"
    ASK_TIME = "1013"  # the device asks for the time
    GET_INTERVAL = "1061"
    SET_INTERVAL = "1062"
    REALTIME = "2011"
    STOP_REALTIME = "2012"
    DAY = "2031"
    MINUTE = "2051"
    HOUR = "2061"
    BOOT = "2081"
    REQUEST_ANSWER = "9011"
    RESULT = "9012"
    NOTICE_ANSWER = "9013"
    DATA_ANSWER = "9014"
    HEARTBEAT = "9015"


# a value's place in time by command: what a value of 2051 … stands for
INTERVALS = {
    b"2011": "realtime",
    b"2051": "minute",
    b"2061": "hour",
    b"2031": "day",
    b"2021": "state",
    b"2041": "running",
    b"2013": "original",
    b"2052": "noise",
    b"2062": "check",
    b"2111": "furnace",
}
# what may follow the factor's code and has a number as its value
STATISTICS = frozenset(
    (
        b"Rtd", b"Avg", b"Min", b"Max", b"Cou", b"ZsRtd", b"ZsAvg", b"ZsMin", b"ZsMax", b"Ala", b"UpValue", b"LowValue",
        b"Data", b"DayData", b"NightData", b"RS", b"RT",
    )
)  # fmt: skip
# marks of a value: N normal, F plant stopped, M maintenance, S typed in by hand, D fault, C calibration, T
# over the upper limit of measurement, B no communication (HJ 212-2017 table 8); 0…9 marks of ambient air
# stations in devices of the 2005 edition are not read
MARKS = {letter.encode(): ord(letter) for letter in "NFMSDCTB"}
COUNTING = frozenset((0, ord("N"), ord("S")))  # marks of values that count in means; 0: the device gave none

UNAVAILABLE = 9999.99  # HJ 212-2025, 8.1.1 d: a normalised value that cannot be computed


class Quirk(StrEnum):
    """A departure from the standard that leaves no doubt of what is meant: taken in, and noted in the
    device's quality record.
    """

    WRONG_LENGTH = "wrong_length"
    OVERSIZE = "oversize"  # a data segment of more than 1024 characters
    LOWER_CRC = "lower_crc"
    MODBUS_CRC = "modbus_crc"
    MISSING_QN = "missing_qn"
    BAD_QN = "bad_qn"
    MISSING_FLAG = "missing_flag"  # no Flag in the header: taken as no answer wanted
    FIELD_ORDER = "field_order"
    UNCLOSED_CP = "unclosed_cp"
    EXTRA_SEPARATOR = "extra_separator"
    TIME_FORMAT = "time_format"
    TIME_FROM_QN = "time_from_qn"
    MARK_CASE = "mark_case"
    NO_MARK = "no_mark"
    UNKNOWN_FACTOR = "unknown_factor"
    LATE = "late"  # RF=1: sent again after an outage


class Refusal(StrEnum):
    """What could not be taken in, counted."""

    GARBAGE = "garbage"  # bytes between frames
    BAD_LENGTH = "bad_length"
    BAD_CRC = "bad_crc"
    NO_MN = "no_mn"
    NO_COMMAND = "no_command"
    NO_REGION = "no_region"
    NO_KEY = "no_key"  # encrypted, and no key of the device is known
    NO_TIME = "no_time"
    BAD_ITEM = "bad_item"
    BAD_VALUE = "bad_value"
    BAD_MARK = "bad_mark"
    REPEATED_ITEM = "repeated_item"
    UNAVAILABLE = "unavailable"
    TOO_MANY = "too_many"
    GIVEN_UP = "given_up"  # a stream that was garbage for the most part
    INCOMPLETE = "incomplete"  # parts of a split message that never came
