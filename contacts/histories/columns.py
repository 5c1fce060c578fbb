"""Which column of a table of events becomes what: suggested and checked."""

import re
from collections.abc import Sequence

from contacts.histories.timestamps import looks_like_time
from contacts.imports.dialects import looks_like_address
from contacts.imports.fields import (
    ASK,
    EMAIL,
    IGNORE,
    attribute_name,
    field_for_header,
    normalize_header,
)
from contacts.imports.mapping import (
    FLAG,
    NUMBER,
    OWN_HEADERS,
    TEXT,
    TYPES,
    Column,
    MappingError,
    ask_where_two_fit,
    guess_type,
    key_of,
    values_of,
)

EVENT, TIME, USER, ANONYMOUS = "event", "time", "user_id", "anonymous_id"
MESSAGE, PROPERTY = "message_id", "property"
DATE = "date"
PROPERTY_TYPES = {**TYPES, DATE: "Date or time"}
PEOPLE = (USER, EMAIL, ANONYMOUS)
FIELDS = {
    EVENT: "Name of the event",
    TIME: "When it happened",
    USER: "User id",
    EMAIL: "Email",
    ANONYMOUS: "Anonymous id",
    MESSAGE: "Message id",
}
LONGEST_NAME = 100
PREFIX = re.compile(r"^(?:properties|property)[._ ]", re.IGNORECASE)

# By field: how the headers of common tools call it. Compared in normal form.
HEADERS: dict[str, tuple[str, ...]] = {
    EVENT: ("event", "event name", "event text", "event type", "action", "name", "activity", "what"),
    TIME: (
        "timestamp", "time", "occurred at", "at", "event time", "event timestamp", "date",
        "datetime", "date time", "created at", "created", "original timestamp", "happened at", "when",
        "zeit", "datum", "zeitpunkt", "fecha", "horodatage", "日時",
    ),
    USER: (
        "user id", "userid", "distinct id", "external id", "customer id", "user", "uid",
        "contact id", "profile id", "member id",
    ),
    ANONYMOUS: ("anonymous id", "anonymousid", "device id", "visitor id", "cookie id", "client id"),
    MESSAGE: ("message id", "messageid", "event id", "insert id", "uuid", "event uuid"),
}  # fmt: skip
BY_HEADER = {
    normalize_header(word): field for field, words in HEADERS.items() for word in words
}


def suggest_columns(
    headers: Sequence[str], samples: Sequence[Sequence[str]], *, has_header: bool
) -> list[Column]:
    """
    Suggest what each column becomes: what is known by its header or its values, else a property.

    The only column with times says when it happened, whatever its name. Where two columns
    fit one field neither is chosen: the marketer decides.
    """
    guesses = [
        _guess(header, values_of(samples, place), has_header=has_header)
        for place, header in enumerate(headers)
    ]
    dates = [place for place, guess in enumerate(guesses) if guess.type == DATE]
    if len(dates) == 1 and TIME not in {guess.field for guess in guesses}:
        guesses[dates[0]] = Column(TIME)
    return ask_where_two_fit(guesses)


def _guess(header: str, values: list[str], *, has_header: bool) -> Column:
    """Suggest what one column becomes."""
    if not has_header:
        return _guess_bare(values)
    normal = normalize_header(header)
    if normal in {normalize_header(word) for word in OWN_HEADERS}:
        return Column(IGNORE)
    if not PREFIX.match(header.strip()):
        field = BY_HEADER.get(normal)
        if field is None and field_for_header(header) == EMAIL:
            field = EMAIL
        if field:
            return Column(field)
    name = property_name(header)
    return Column(PROPERTY, name, _guess_type(values)) if name else Column(IGNORE)


def _guess_bare(values: list[str]) -> Column:
    """Suggest what a column without a header becomes, by what is in it."""
    if values and sum(map(looks_like_address, values)) * 2 > len(values):
        return Column(EMAIL)
    if values and sum(map(looks_like_time, values)) * 2 > len(values):
        return Column(TIME)
    return Column(IGNORE)


def property_name(header: str) -> str:
    """Make the name of a property from a header: ``properties.order_id`` → ``order_id``."""
    name = PREFIX.sub("", header.strip()).strip()
    if re.search(r"\s", name):
        name = attribute_name(name)
    return "".join(filter(str.isprintable, name))[:LONGEST_NAME]


def _guess_type(values: list[str]) -> str:
    """Suggest the type of a property."""
    if not values:
        return TEXT
    found = guess_type(values)
    if found == NUMBER:
        return NUMBER
    if all(value.lower() in {"true", "false"} for value in values):
        return FLAG
    if all(map(looks_like_time, values)):
        return DATE
    return found


def check_event_columns(
    columns: Sequence[Column], headers: Sequence[str], *, event_name: str
) -> None:
    """
    Check that the columns can be used.

    :raises MappingError: with a sentence that names the column and says what to do
    """
    by_key: dict[str, str] = {}
    for column, header in zip(columns, headers, strict=True):
        _check_column(column, header)
        if column.field == IGNORE:
            continue
        other = by_key.setdefault(key_of(column), header)
        if other != header:
            raise MappingError(
                f"“{other}” and “{header}” both become {_label(column)}. "
                "Keep one and ignore the other."
            )
    if TIME not in by_key:
        raise MappingError("Choose the column that says when it happened.")
    if not by_key.keys() & set(PEOPLE):
        raise MappingError(
            "Choose a column that says whose it is: a user id, an email or an anonymous id."
        )
    if EVENT not in by_key and not event_name:
        raise MappingError(
            "Choose the column with the name of the event, or type the name that all rows have."
        )
    if EVENT in by_key and event_name:
        raise MappingError(
            f"The column “{by_key[EVENT]}” names the event, and you typed “{event_name}”. "
            "Keep one of the two."
        )


def _check_column(column: Column, header: str) -> None:
    """Check one column by itself."""
    if column.field == ASK:
        raise MappingError(f"Choose what “{header}” becomes, or ignore it.")
    if column.field == PROPERTY and not column.name.strip():
        raise MappingError(f"Name the property that “{header}” becomes.")
    if column.field not in {*FIELDS, PROPERTY, IGNORE}:
        raise MappingError(f"Choose what “{header}” becomes, or ignore it.")


def _label(column: Column) -> str:
    """Name what a column becomes."""
    if column.field == PROPERTY:
        return f"the property “{column.name}”"
    return f"“{FIELDS[column.field]}”"
