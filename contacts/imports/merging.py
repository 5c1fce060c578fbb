"""The SQL in which a staged row meets the contact it names; shared by checking and committing."""

from contacts.models import ImportRun

TEXT_FIELDS = ("first_name", "last_name", "locale", "time_zone")


def value_of(field: str) -> str:
    """What a row says about a field, later rows of the same person included."""
    return f"coalesce(row.merged ->> '{field}', row.{field})"


# The user id is staged among the attributes, and is none.
BROUGHT = "coalesce(row.merged -> 'attributes', row.attributes)"
BROUGHT_USER_ID = f"({BROUGHT} ->> 'user_id')"
ATTRIBUTES = f"({BROUGHT} - 'user_id')"

# Whether a row brings a user id that names nobody yet.
NAMES_ANEW = f"""
({BROUGHT_USER_ID} IS NOT NULL AND NOT EXISTS (
    SELECT FROM contacts_identifier AS named
    WHERE named.kind = 'user_id' AND named.value = {BROUGHT_USER_ID}
))
"""


def outcome_of(field: str, policy: str) -> str:
    """What a field of the contact becomes; an empty cell never erases."""
    value = value_of(field)
    if policy == ImportRun.Policy.OVERWRITE:
        return f"CASE WHEN {value} <> '' THEN {value} ELSE contact.{field} END"
    return f"CASE WHEN contact.{field} = '' THEN {value} ELSE contact.{field} END"


def attributes_outcome(policy: str) -> str:
    """What the attributes of the contact become; those that the row lacks stay."""
    if policy == ImportRun.Policy.OVERWRITE:
        return f"contact.attributes || {ATTRIBUTES}"
    return f"{ATTRIBUTES} || contact.attributes"


def differs(policy: str) -> str:
    """Whether the contact would change."""
    parts = [f"contact.{field} <> {outcome_of(field, policy)}" for field in TEXT_FIELDS]
    parts.append(f"contact.attributes <> {attributes_outcome(policy)}")
    return "(" + " OR ".join(parts) + ")"


# The condition under which a row names a suppressed address. The planner hashes the
# suppressions, which are few, and skips the rows altogether while there are none.
NAMES_SUPPRESSED = """
suppression.digest = sha256(convert_to(%(suppression_key)s || ':' || row.email, 'UTF8'))
"""
