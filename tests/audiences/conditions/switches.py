"""What of the language is there already; to go when all of it is."""

from audiences.conditions.errors import ConditionError
from audiences.conditions.parse import dump_condition, parse_condition


def knows(document):
    try:
        return dump_condition(parse_condition(document)) == document
    except ConditionError:
        return False


ATTRIBUTE = {"kind": "attribute", "name": "a", "operator": "is", "value": 1}
EVENT = {
    "kind": "event",
    "name": "a",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "ever"},
    "filters": [],
}
DAY = {"amount": 1, "unit": "days"}
WEEK = {"amount": 1, "unit": "weeks"}
AGO = {"kind": "ago", "nearest": DAY, "farthest": WEEK}
HAS_PATHS = knows(ATTRIBUTE | {"path": ["*"]}) and knows(
    EVENT | {"filters": [{"name": "a", "path": ["*"], "operator": "is", "value": 1}]}
)
HAS_AGO = knows(EVENT | {"window": AGO})
HAS_LATER = knows(ATTRIBUTE | {"operator": "later_than", "value": DAY})
