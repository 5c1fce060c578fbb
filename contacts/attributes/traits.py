"""What the traits of a message say about a contact, in our names and forms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from contacts.attributes.fold import CLAIMED, NOTICED, TEXT_LIMITS
from contacts.cells import BadAddress, clean_address, clean_locale, clean_time_zone

ALIASES = {
    "firstName": "first_name",
    "firstname": "first_name",
    "lastName": "last_name",
    "lastname": "last_name",
    "language": "locale",
    "timezone": "time_zone",
    "timeZone": "time_zone",
}
MOST_NAMES = 300
LONGEST_NAME = 200
MOST_LEVELS = 4


@dataclass(frozen=True)
class Told:
    """What was said, and the names of what can not be used."""

    values: dict[str, Any] = field(default_factory=dict)
    omitted: list[str] = field(default_factory=list)


def told_by(traits: Mapping[str, Any], context: Mapping[str, Any]) -> Told:
    """
    Read traits, and what the client noticed about its surroundings.

    Objects are taken apart: "address.city". None takes an attribute away, but for the email
    address, for clients send none where they know none.
    """
    told = Told()
    own_names = {name for name in traits if name not in ALIASES}
    for name, value in leaves(traits):
        target = ALIASES.get(name, name)
        if target != name and target in own_names:
            continue
        if len(told.values) >= MOST_NAMES or not is_name(name):
            told.omitted.append(name[:LONGEST_NAME])
        else:
            _take(told, target, name, value)
    for name, source in (("locale", "locale"), ("time_zone", "timezone")):
        noticed = _clean(name, context.get(source))
        if noticed:
            told.values[NOTICED + name] = noticed
    return told


def is_name(name: str) -> bool:
    """Whether an attribute may be called so; what we notice ourselves nobody else may say."""
    is_ours = name.startswith((NOTICED, CLAIMED))
    return 0 < len(name) <= LONGEST_NAME and not is_ours


def _take(told: Told, target: str, name: str, value: Any) -> None:
    """Take one value into its form, or say that it can not be used."""
    if target not in TEXT_LIMITS:
        told.values[target] = value
        return
    is_blank = value is None or value == ""
    cleaned = None if is_blank else _clean(target, value)
    if cleaned:
        told.values[target] = cleaned
    elif not is_blank:
        told.omitted.append(name)
    elif target != "email":
        told.values[target] = None


def _clean(name: str, value: Any) -> str | None:
    """Bring the value of a field into its form; None if it has none."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    text = str(value).strip()
    if name == "email":
        try:
            return clean_address(text)
        except BadAddress:
            return None
    if name == "locale":
        return clean_locale(text)
    if name == "time_zone":
        return clean_time_zone(text)
    return text[: TEXT_LIMITS[name]]


def leaves(
    traits: Mapping[str, Any], prefix: str = "", level: int = 1
) -> Iterator[tuple[str, Any]]:
    """Take objects apart, as deep as people can name it."""
    for name, value in traits.items():
        if isinstance(value, dict) and value and level < MOST_LEVELS:
            yield from leaves(value, f"{prefix}{name}.", level + 1)
        else:
            yield f"{prefix}{name}", value
