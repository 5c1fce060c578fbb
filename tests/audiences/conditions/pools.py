"""What random people and random conditions are made of: all that goes wrong."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# Near misses of numbers, moments, flags and patterns, and other scripts.
WORDS = [
    *("", " ", "pro", "Pro", "prop", "a%", "_", "%", "\\", "a_b", "x\ny", "'", '"'),
    *("5", "5.0", "05", " 7 ", "-3.25", "+4", "1e5", "٣", "２", "1,000", "-0", "0.10"),
    *("12.", ".5", "-", "5\n", "NaN", "infinity", "0x10", "1_000", "5 5", "{}", "[]"),
    *("9" * 30, "9" * 60, "9" * 61, "0." + "3" * 30, "%s", "%(a)s", "{0}", "'; --"),
    *("true", "TRUE", "Yes", "no", "0", "1", "f", "null", "İ", "T", "yes "),
    *("東京", "Ärger", "مرحبا", "🎉", "ẞ", "e\u0301", "é", "\u00a05", "\x7f", "\t"),
    *("2024-02-29", "2026-02-29", "1900-02-29", "2000-02-29", "2026-03-01"),
    *("2026-02-28", "1990-03-01", "1990-03-08", "2031-03-01", "2025-12-31"),
    *("2026-03-01T12:00:00Z", "2026-03-01 12:00", "2026-03-01T14:00:00.000001+02:00"),
    *("2026-02-28T12:00:00Z", "2026-02-28T12:00:00.000001Z", "2026-03-02T12:00:00Z"),
    *("2026-03-01T24:00:00Z", "2026-13-01", "0999-01-01", "2999-12-31", "2026-04-31"),
    *("2026-02-28T23:59:59.999999Z", "2026-03-01T12:00:00+14:30", "2026-03-01T12Z"),
    *("2026-03-01T12:00+15:00", "2026-03-01\n", "20260301", "now", "epoch", "2026-3-1"),
    *("2026-03-01T12:00:60Z", "2026-03-01T23:59-05:30", "2026-03-01T12:00:00.1234567Z"),
]
# Those that meet each other often.
COMMON = ["pro", "5", "5.0", "", "a%", "'", "東京", 5, 5.0, 1, 0, True, False, None]
NUMBERS = [
    *(0.1, 0.3, -3.25, 5.0, 1e22, 1e-7, 2**53 + 1, 10**40, -0.0, 0.30000000000000004),
    *(0.5, 0.00000000005, 1e308, 5e-324, 99.995, -1),
]
KEYS = ["a", "b", "plan", "it's", "100%", "ключ"]
# Of the values inside of values.
INNER_KEYS = ["a", "bb", "ä"]
EVENT_NAMES = ["bought", "50% off", 'the "it\'s"']
# Few, so that people's moments often lie at the very edge of a condition's window.
LENGTHS = [(2, "hours"), (1, "days"), (24, "hours"), (1, "weeks"), (90, "minutes")]
SPANS = [timedelta(**{unit: amount}) for amount, unit in LENGTHS]
# Sums of two of them, so that one happening is often so long after another.
OFFSETS = sorted(
    {
        timedelta(0),
        timedelta(hours=12),
        timedelta(days=90),
        *SPANS,
        *(one + other for one in SPANS for other in SPANS),
    }
)
ZONES = [
    *("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"),
    *("Pacific/Apia", "UTC", "Etc/GMT+12", "Africa/Casablanca", "America/St_Johns"),
    *("Australia/Lord_Howe", "Asia/Tokyo", "America/Los_Angeles", "EST5EDT"),
]
NO_ZONES = [
    *("", "europe/berlin", "PST", "UTC+3", "Foo/Bar", "+03:00", "Europe/Berlin "),
    *("Berlin", "<+03>-3", "'", "5", "Europe", "\\", "PST8PDT1"),
]
CITIES = ["東京", "Zürich", "O'Fallon", "100%"]
STATES = [
    *("reachable_by_email", "email_granted", "email_withdrawn", "email_unknown"),
    *("suppressed", "anonymous"),
]

# What exists in each world, by ids that conditions can name.
EVERYONE = 9_000
LISTS = [9_001, 9_002]
AUDIENCES = [9_001, 9_002]
ACCOUNTS = [9_001, 9_002, 9_003, 9_004]
# One trait of each kind and some more.
WITHOUT_PROPERTY = ("count", "days_active", "days_since_first", "days_since_latest")
TRAIT_KINDS = [
    *("unique_count", "sum", "average", "min", "max", *WITHOUT_PROPERTY),
    *("most_frequent", "first", "latest", "unique_values"),
    *("sum", "average", "count", "latest", "unique_values", "formula", "formula"),
]
TRAITS = dict(enumerate(TRAIT_KINDS, start=9_001))
TEXTS = ("most_frequent", "first", "latest", "unique_values")
NUMERIC_TRAITS = [pk for pk, kind in TRAITS.items() if kind not in (*TEXTS, "formula")]
