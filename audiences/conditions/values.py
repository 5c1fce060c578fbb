"""
The value of a trait in SQL: of each contact at once, or of one.

The value has the type numeric, text, or jsonb for a list. A contact of whom no event counts is
not among the rows of all values; ``value_without_events`` says what he has.
"""

from audiences.conditions.comparisons import compare_inside
from audiences.conditions.errors import ConditionError
from audiences.conditions.happenings import among, unseen, within
from audiences.conditions.kind import Setting
from audiences.conditions.operators import OPERATORS
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.subjects import (
    Subject,
    property_subject,
    read_moment,
    read_number,
)
from audiences.conditions.traits import (
    WITHOUT_EVENTS,
    Aggregate,
    Formula,
    Trait,
    value_type,
)

NOTHING = Fragment("NULL::numeric")
FORMULAS = {"add": "({} + {})", "subtract": "({} - {})", "multiply": "({} * {})"}
# The events of everybody in the accounts of the contact. Leans on account_member_once and
# contacts_of_account.
OF_COLLEAGUES = """event.contact_id IN (
    SELECT colleague.contact_id
    FROM contacts_accountmember AS belongs
    JOIN contacts_accountmember AS colleague ON colleague.account_id = belongs.account_id
    WHERE belongs.contact_id = contact.id
)"""
# Contacts who belong to the same accounts have the same value, which is computed once.
TEAMS = """(
    SELECT contact_id, array_agg(DISTINCT account_id ORDER BY account_id) AS accounts
    FROM contacts_accountmember
    GROUP BY contact_id
)"""
PEOPLE_OF_TEAMS = """(
    SELECT DISTINCT team.accounts, colleague.contact_id
    FROM (SELECT DISTINCT accounts FROM {} AS each_team) AS team
    CROSS JOIN LATERAL unnest(team.accounts) AS account (id)
    JOIN contacts_accountmember AS colleague ON colleague.account_id = account.id
)"""


def trait_of(trait_id: int, setting: Setting) -> Trait:
    """
    Find the definition of a trait.

    :raises ConditionError: if it is gone
    """
    if trait_id not in setting.traits:
        raise ConditionError(("trait",), "This trait is gone. Choose another.")
    found: Trait = setting.traits[trait_id]
    return found


def side_of(trait_id: int, setting: Setting) -> Aggregate:
    """
    Find the definition of a side of a formula.

    :raises ConditionError: if it is gone, or no number, or a formula itself
    """
    found = trait_of(trait_id, setting)
    if isinstance(found, Formula) or value_type(found) != "number":
        raise ConditionError(
            ("trait",), "A formula takes traits that are numbers and no formulas."
        )
    return found


def value_subject(trait: Trait, content: Fragment) -> Subject:
    """Read a value in the ways in which comparisons look at it."""
    sort = value_type(trait)
    if sort == "number":
        text = content.format("trim_scale({})::text")
        return Subject(text, content, Fragment("NULL::timestamptz"))
    text = content.format("{}::text") if sort == "list" else content
    return Subject(text, read_number(text), read_moment(text))


def value_without_events(trait: Trait, setting: Setting) -> int | None:
    """Say what somebody has of whom no event counts: 0, or nothing."""
    if isinstance(trait, Aggregate):
        return WITHOUT_EVENTS.get(trait.kind)
    known = [
        value_without_events(side_of(side, setting), setting) is not None
        for side in (trait.left, trait.right)
    ]
    return 0 if all(known) and trait.operator != "divide" else None


def holds_without_events(
    trait: Trait, operator: str, expected: object, setting: Setting
) -> bool:
    """Whether a comparison holds for somebody of whom no event counts."""
    entry = OPERATORS[operator]
    if value_without_events(trait, setting) is None:
        return bool(entry.opposite_of)
    return bool(entry.of_zero(expected))


def value_of_one(trait_id: int, setting: Setting) -> Fragment:
    """Compute the value of the contact, as an expression. Leans on event_of_contact."""
    if trait_id in setting.trait_columns:
        return setting.trait_columns[trait_id]
    trait = trait_of(trait_id, setting)
    if isinstance(trait, Formula):
        left, right = (
            _one_aggregate(side_of(side, setting), setting)
            for side in (trait.left, trait.right)
        )
        result = _calculate(trait, Fragment("term.a"), Fragment("term.b"))
        # The fence keeps each side from being computed more than once.
        return combine(
            "(SELECT {} FROM (SELECT {} AS a, {} AS b OFFSET 0) AS term)",
            result,
            left,
            right,
        )
    return _one_aggregate(trait, setting)


def _one_aggregate(trait: Aggregate, setting: Setting) -> Fragment:
    """Compute an aggregate of the contact."""
    rows = combine("{} AND {}", events_of(trait, setting), whose_events(trait))
    if trait.kind in ("first", "latest"):
        text = property_subject(trait.property).text
        return combine(
            "(SELECT {} {} AND {} <> '' ORDER BY {} LIMIT 1)",
            text,
            rows,
            text,
            _order(trait),
        )
    return combine("(SELECT {} {})", _aggregate(trait, setting), rows)


def values_of_all(trait_id: int, setting: Setting) -> Fragment:
    """
    Compute the value of everybody of whom an event counts.

    Gives a SELECT of ``contact_id`` and ``value``. Leans on event_by_name.
    """
    trait = trait_of(trait_id, setting)
    if isinstance(trait, Aggregate):
        return _all_aggregates(trait, setting)
    terms = []
    for alias, side in (("one", trait.left), ("other", trait.right)):
        definition = side_of(side, setting)
        has_zero = value_without_events(definition, setting) == 0
        terms.append(
            Fragment(f"coalesce({alias}.value, 0)" if has_zero else f"{alias}.value")
        )
    return combine(
        "SELECT coalesce(one.contact_id, other.contact_id) AS contact_id, {} AS value"
        " FROM ({}) AS one FULL JOIN ({}) AS other ON other.contact_id = one.contact_id",
        _calculate(trait, *terms),
        _all_aggregates(side_of(trait.left, setting), setting),
        _all_aggregates(side_of(trait.right, setting), setting),
    )


def _all_aggregates(trait: Aggregate, setting: Setting) -> Fragment:
    """Compute an aggregate of everybody who has one."""
    rows = events_of(trait, setting)
    group = Fragment("event.contact_id")
    if trait.is_of_account:
        rows = combine(
            "FROM {} AS person JOIN (SELECT event.* {}) AS event"
            " ON event.contact_id = person.contact_id",
            combine(PEOPLE_OF_TEAMS, Fragment(TEAMS)),
            rows,
        )
        group = Fragment("person.accounts")
    if trait.kind in ("first", "latest"):
        text = property_subject(trait.property).text
        found = combine(
            "SELECT DISTINCT ON ({}) {} AS owner, {} AS value {} {} {} <> '' ORDER BY {}, {}",
            group,
            group,
            text,
            rows,
            Fragment("WHERE" if trait.is_of_account else "AND"),
            text,
            group,
            _order(trait),
        )
    else:
        found = combine(
            "SELECT {} AS owner, {} AS value {} GROUP BY {}",
            group,
            _aggregate(trait, setting),
            rows,
            group,
        )
    if not trait.is_of_account:
        return found.format(
            "SELECT valued.owner AS contact_id, valued.value FROM ({}) AS valued"
        )
    return combine(
        "SELECT team.contact_id, valued.value FROM {} AS team JOIN ({}) AS valued"
        " ON valued.owner = team.accounts",
        Fragment(TEAMS),
        found,
    )


def events_of(trait: Aggregate, setting: Setting) -> Fragment:
    """Select the events that count for a trait, of whomever."""
    tests = [
        combine("event.name = {}", unseen(value(trait.event, "text"), setting.few)),
        *within(trait.window.bounds(setting.as_of), hides=setting.few),
        *(
            compare_inside("event.properties", inner, setting.as_of).format("({})")
            for inner in trait.filters
        ),
    ]
    template = " AND ".join("{}" for _ in tests)
    return combine(f"FROM contacts_event AS event WHERE {template}", *tests)


def whose_events(trait: Aggregate) -> Fragment:
    """Say that events are those of the contact, or of all in his accounts."""
    own = "event.contact_id = contact.id"
    return Fragment(OF_COLLEAGUES if trait.is_of_account else own)


def _order(trait: Aggregate) -> Fragment:
    """Put the earliest, or the latest, event first."""
    sign = "" if trait.kind == "first" else " DESC"
    return Fragment(f"event.occurred_at{sign}, event.id{sign}")


def _aggregate(trait: Aggregate, setting: Setting) -> Fragment:
    """Write the aggregate of a kind over the events that count."""
    subject = property_subject(trait.property)
    now = value(setting.as_of, "timestamptz")
    match trait.kind:
        case "count":
            return Fragment("count(*)::numeric")
        case "sum":
            return subject.number.format("coalesce(sum({}), 0)")
        case "average":
            total, count = (
                subject.number.format("sum({})"),
                subject.number.format("nullif(count({}), 0)::numeric"),
            )
            return _quotient(total, count)
        case "min" | "max":
            return subject.number.format(f"{trait.kind}({{}})")
        case "most_frequent":
            # Of values that are equally frequent it takes the one that sorts first.
            return subject.text.format(
                "mode() WITHIN GROUP (ORDER BY nullif({}, '') COLLATE \"C\")"
            )
        case "unique_values":
            text = subject.text.format('{} COLLATE "C"')
            return combine(
                "jsonb_agg(DISTINCT {} ORDER BY {}) FILTER (WHERE {} <> '')",
                text,
                text,
                subject.text,
            )
        case "unique_count":
            return subject.text.format("count(DISTINCT nullif({}, ''))::numeric")
        case "days_active":
            return Fragment(
                "count(DISTINCT (event.occurred_at AT TIME ZONE 'UTC')::date)::numeric"
            )
    end = "min" if trait.kind == "days_since_first" else "max"
    return now.format(f"extract(day FROM {{}} - {end}(event.occurred_at))")


def _calculate(trait: Formula, left: Fragment, right: Fragment) -> Fragment:
    """Put two numbers together."""
    if trait.operator == "divide":
        return _quotient(left, right.format("nullif({}, 0)"))
    return combine(FORMULAS[trait.operator], left, right)


def _quotient(left: Fragment, right: Fragment) -> Fragment:
    """
    Divide, rounded to 10 decimals, half away from zero, exactly.

    By whole numbers, for a quotient of PostgreSQL has been rounded already.
    """
    return combine(
        "(sign({}) * sign({}) * 0.0000000001"
        " * div(2 * abs({}) * 10000000000 + abs({}), 2 * abs({})))",
        left,
        right,
        left,
        right,
        right,
    )


def compare_value(
    trait_id: int, operator: str, expected: object, setting: Setting, *, holds: bool
) -> Fragment:
    """
    Compare the value of the contact, or ask for the opposite.

    For everybody, who has no value of his own is selected where 0, or nothing, satisfies the
    comparison: then those are left out whose value does not.
    """
    trait = trait_of(trait_id, setting)
    entry = OPERATORS[operator]

    def compared(column: Fragment) -> Fragment:
        return entry.sql(value_subject(trait, column), expected, setting.as_of)

    if trait_id in setting.trait_columns:
        found = compared(setting.trait_columns[trait_id])
        return found.format("({})" if holds else "({}) IS NOT TRUE")
    if setting.few:
        # The fence keeps the value from being computed more than once.
        return combine(
            "{}EXISTS (SELECT 1 FROM (SELECT {} AS value OFFSET 0) AS valued WHERE {})",
            Fragment("" if holds else "NOT "),
            value_of_one(trait_id, setting),
            compared(Fragment("valued.value")),
        )
    is_default = holds_without_events(trait, operator, expected, setting)
    test = compared(Fragment("valued.value"))
    rows = combine(
        "SELECT valued.contact_id FROM ({}) AS valued WHERE ({}) IS {}TRUE",
        values_of_all(trait_id, setting),
        test,
        Fragment("NOT " if is_default else ""),
    )
    return among(rows, holds=is_default != holds)
