"""
The kinds of conditions as the builder shows them: one entry each, a row of parts.

A new kind of condition is one entry here. Reading, showing and the templates know parts only;
what a kind means is judged by ``conditions``.
"""

import copy
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from audiences.builder.choices import Catalog
from audiences.builder.comparisons import NEW_FILTER, Compared, Filters, TraitCompared
from audiences.builder.controls import HowOften, Part, Picked, Typed, Word, Words
from audiences.builder.names import EventName, Groups
from audiences.builder.ranks import Rank
from audiences.builder.sequences import NEW_STEP, Steps
from audiences.builder.states import states
from audiences.builder.times import Days, Span, When

ABOUT = "About the contact"
DID = "What they did"
COMPUTED = "Computed"

# What a list inside a condition gets when something is added to it.
NEW_INNER: dict[str, dict[str, Any]] = {"filters": NEW_FILTER, "then": NEW_STEP}


@dataclass(frozen=True)
class Form:
    """
    A kind of condition in the builder.

    ``blank`` is what is added without its kind; ``named_by`` is its key that the name of an
    event, or the number of a list, goes into when one is picked by name.
    """

    kind: str
    label: str
    about: str
    icon: str
    category: str
    parts: tuple[Part, ...]
    blank: Mapping[str, Any]
    named_by: str = "name"
    # Further words by which it is found.
    words: str = ""
    fresh: Mapping[str, Callable[[], Any]] = field(default_factory=dict)

    @property
    def lists(self) -> list[str]:
        """Name the lists inside it to which something can be added."""
        return [name for name in NEW_INNER if name in self.blank]

    def make(self, named: str = "") -> dict[str, Any]:
        """Make a new condition, about something named if it was picked by name."""
        leaf = {"kind": self.kind, **copy.deepcopy(dict(self.blank))}
        leaf |= {key: draw() for key, draw in self.fresh.items()}
        if named:
            is_number = named.isascii() and named.isdigit() and self.named_by != "name"
            leaf[self.named_by] = int(named) if is_number else named
        return leaf


def contact_names(catalog: Catalog) -> Groups:
    """Offer the fields and attributes of a contact."""
    return [("Contact", catalog.fields), ("Attributes", catalog.attributes)]


def attribute_names(catalog: Catalog) -> Groups:
    """Offer the attributes of a contact, whose history is known."""
    return [("Attributes", catalog.attributes)]


def account_names(catalog: Catalog) -> Groups:
    """Offer the name and the attributes of an account."""
    return [("Account", catalog.account_attributes)]


def lists(catalog: Catalog) -> list[tuple[int, str]]:
    """Offer the lists."""
    return catalog.lists


def audiences(catalog: Catalog) -> list[tuple[int, str]]:
    """Offer the audiences."""
    return catalog.audiences


def traits(catalog: Catalog) -> list[tuple[str, str]]:
    """Offer the traits."""
    return [(trait.name, trait.label) for trait in catalog.traits]


def draw_salt() -> str:
    """Name a new draw, so that two draws take different people."""
    return f"draw {secrets.token_hex(3)}"


def days(amount: int) -> dict[str, Any]:
    """Write so many days."""
    return {"amount": amount, "unit": "days"}


COMPARED = {"name": "", "operator": "is", "value": ""}
LAST_90 = {"kind": "last", **days(90)}
LAST_30 = {"kind": "last", **days(30)}
WEEK = ["mon", "tue", "wed", "thu", "fri"]
HAPPENED: dict[str, Any] = {"name": "", "filters": []}

FORMS: dict[str, Form] = {
    form.kind: form
    for form in (
        Form(
            "attribute",
            "Attribute",
            "What is known of them: plan, country, NPS score",
            "person",
            ABOUT,
            (Compared("Attribute", "Choose an attribute…", contact_names),),
            COMPARED,
            words="property field value email name language date added",
        ),
        Form(
            "held",
            "Attribute has been … for",
            "A value that has stayed so for some time, like 30 days on a plan",
            "hourglass_top",
            ABOUT,
            (
                Compared(
                    "Attribute", "Choose an attribute…", attribute_names, has_path=False
                ),
                Word("and has been so for the last"),
                Span("for", "For how long"),
            ),
            {**COMPARED, "for": days(30)},
            words="since unchanged stayed held",
        ),
        Form(
            "list",
            "On a list",
            "Lists are filled by hand or by an import",
            "list_alt",
            ABOUT,
            (
                Words(
                    "operator",
                    {"on": "is on the list", "not_on": "is not on the list"},
                    "Comparison",
                ),
                Picked("list", "List", "Choose a list…", lists),
            ),
            {"list": "", "operator": "on"},
            named_by="list",
        ),
        Form(
            "audience",
            "In an audience",
            "Who is in another audience now",
            "groups",
            ABOUT,
            (
                Words(
                    "operator",
                    {"in": "is in the audience", "not_in": "is not in the audience"},
                    "Comparison",
                ),
                Picked("audience", "Audience", "Choose an audience…", audiences),
            ),
            {"audience": "", "operator": "in"},
            named_by="audience",
            words="segment member",
        ),
        Form(
            "entered",
            "Entered or left an audience",
            "Who came into an audience, or fell out of it, lately",
            "login",
            ABOUT,
            (
                Words("change", {"entered": "entered", "left": "left"}, "Change"),
                Picked("audience", "Audience", "Choose an audience…", audiences),
                When(default=30),
            ),
            {"audience": "", "change": "entered", "window": LAST_30},
            named_by="audience",
            words="joined segment member",
        ),
        Form(
            "state",
            "Permission or reachability",
            "May be mailed, agreed, unsubscribed, still anonymous",
            "verified_user",
            ABOUT,
            (
                Words("operator", {"is": "is", "is_not": "is not"}, "Comparison"),
                Picked("state", "State", "Choose a state…", states, is_number=False),
            ),
            {"state": "", "operator": "is"},
            named_by="state",
            words="consent email subscribed unsubscribed suppressed reachable anonymous",
        ),
        Form(
            "account_attribute",
            "Attribute of their account",
            "What is known of the company: industry, seats, name",
            "domain",
            ABOUT,
            (Compared("Attribute", "Choose an attribute…", account_names),),
            COMPARED,
            words="company organization group",
        ),
        Form(
            "local_time",
            "Time of day where they live",
            "Daytime, or certain days of the week, in their time zone",
            "schedule",
            ABOUT,
            (
                Word("where they live it is between"),
                Typed("from", "From", sort="time", default="09:00"),
                Word("and"),
                Typed("until", "Until", sort="time", default="17:00"),
                Word("on"),
                Days(),
            ),
            {"from": "09:00", "until": "17:00", "days": WEEK},
            words="hour weekday night zone local",
        ),
        Form(
            "random",
            "Random share",
            "The same people each time, drawn by chance",
            "casino",
            ABOUT,
            (
                Word("is among a random"),
                Typed("percent", "Percent", sort="number", default="10"),
                Word("percent, in the draw"),
                Typed("salt", "Name of the draw", placeholder="name of the draw"),
            ),
            {"percent": 10, "salt": "draw"},
            named_by="salt",
            words="sample percent split test",
            fresh={"salt": draw_salt},
        ),
        Form(
            "event",
            "Did something",
            "An event, so many times, in some time; or never",
            "bolt",
            DID,
            (Word("did"), EventName(), HowOften(), When(), Filters()),
            {
                "name": "",
                "operator": "at_least",
                "count": 1,
                "window": LAST_90,
                "filters": [],
            },
            words="event never times order visit",
        ),
        Form(
            "first_time",
            "Did it for the first time",
            "The very first event of theirs falls into a time",
            "looks_one",
            DID,
            (Word("did for the first time"), EventName(), When(default=30), Filters()),
            {**HAPPENED, "window": LAST_30},
            words="first earliest new activation",
        ),
        Form(
            "latest",
            "The last time was …",
            "The latest of their events has certain properties",
            "update",
            DID,
            (Word("whose latest"), EventName(), When(), Word("was one"), Filters()),
            {"name": "", "filters": [NEW_FILTER], "window": LAST_90},
            words="latest most recent last",
        ),
        Form(
            "sequence",
            "Did this, then that",
            "One thing and then another, or then not, within a time",
            "route",
            DID,
            (Word("did"), EventName(), When(), Filters(), Steps()),
            {**HAPPENED, "window": LAST_90, "then": [NEW_STEP]},
            words="sequence then after followed by abandoned funnel",
        ),
        Form(
            "regular",
            "Does it regularly",
            "In most weeks, in each of the last months",
            "event_repeat",
            DID,
            (
                Word("did"),
                EventName(),
                Word("at least"),
                Typed("times", "How many times", sort="count", default="1"),
                Word("times in each period of"),
                Span("period", "Length of a period", 7),
                Word("in at least"),
                Typed("at_least", "In how many periods", sort="count", default="3"),
                Word("of the last"),
                Typed("of", "Of how many periods", sort="count", default="4"),
                Word("periods"),
                Filters(),
            ),
            {**HAPPENED, "times": 1, "period": days(7), "at_least": 3, "of": 4},
            words="regularly often habit every week month frequency",
        ),
        Form(
            "stopped",
            "Stopped doing it",
            "Was active before, and has been quiet since",
            "pause_circle",
            DID,
            (
                Word("did"),
                EventName(),
                Word("at least"),
                Typed("times", "How many times", sort="count", default="1"),
                Word("times within"),
                Span("active", "How long active", 90),
                Word("and then not for"),
                Span("quiet", "How long quiet", 30),
                Filters(),
            ),
            {**HAPPENED, "times": 1, "active": days(90), "quiet": days(30)},
            words="stopped lapsed churned quiet inactive ceased",
        ),
        Form(
            "resumed",
            "Came back to it",
            "Did it again after a long pause",
            "play_circle",
            DID,
            (
                Word("did"),
                EventName(),
                Word("again after a pause of"),
                Span("quiet", "How long quiet", 90),
                When(kinds=("last",), default=30),
                Filters(),
            ),
            {**HAPPENED, "quiet": days(90), "window": LAST_30},
            words="came back returned resumed reactivated again",
        ),
        Form(
            "trait",
            "Computed trait",
            "A number or value from their events, like spending in 90 days",
            "functions",
            COMPUTED,
            (
                Picked(
                    "trait",
                    "Trait",
                    "Choose a trait…",
                    traits,
                    refreshes=True,
                    elsewhere="admin:audiences_trait_add",
                    elsewhere_label="New trait…",
                ),
                TraitCompared(),
            ),
            {"trait": "", "operator": "greater_than", "value": ""},
            named_by="trait",
            words="sum count average total spent latest aggregate",
        ),
        Form(
            "rank",
            "Highest or lowest",
            "The top 10 percent, or the best 100 people, by a trait",
            "leaderboard",
            COMPUTED,
            (Word("is"), Rank()),
            {"of": {"trait": ""}, "operator": "top_percent", "value": 10},
            named_by="value",
            words="top bottom best percentile rank biggest",
        ),
    )
}
