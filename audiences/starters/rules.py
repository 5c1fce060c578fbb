"""The rules of the starters; a name that is not found stays open, to be chosen in the builder."""

from collections.abc import Sequence
from typing import Any

from audiences.catalog import Entry
from audiences.starters.guesses import NUMBER, Observed

Document = dict[str, Any]
NPS = ("nps", "npsscore", "lastnps", "netpromoterscore", "npsrating")
NPS_ANSWERED = (
    "npsanswered",
    "npssurveyanswered",
    "npssubmitted",
    "surveyanswered",
    "nps",
)
CSAT = ("csat", "csatscore", "customersatisfaction", "satisfaction")
CSAT_ANSWERED = (
    "csatanswered",
    "csatsubmitted",
    "ticketrated",
    "supportrated",
    "reviewleft",
)
SCORES = ("score", "rating", "stars", "value", "nps", "csat", "answer")
ORDERED = ("ordercompleted", "orderpaid", "purchase", "purchased", "checkoutcompleted")
SIGNED_UP = ("signedup", "accountcreated", "userregistered", "registered", "signup")
FIRST_VALUE = (
    "firstvaluereached",
    "activated",
    "onboardingcompleted",
    "setupcompleted",
    "projectcreated",
    "reportcreated",
    "integrationconnected",
    *ORDERED,
)
SEATS = (
    "seatadoption",
    "seatsusedpercent",
    "seatusage",
    "seatutilization",
    "seatsadopted",
)
RENEWED = ("subscriptionrenewed", "contractrenewed", "renewal", "renewed")
UPGRADED = ("planupgraded", "subscriptionupgraded", "accountupgraded", "upgrade")
THREADS = (
    "supportthreadupdated",
    "conversationrated",
    "ticketrated",
    "supportmessagereceived",
    "conversationclosed",
    "ticketclosed",
    "ticketsolved",
)
SENTIMENTS = ("sentiment", "mood", "tone")
TEXTS = ("body", "message", "comment", "text", "feedback", "content")
ACTIVE = ("sessionstarted", "appopened", "loggedin", "signedin", "login", "pageviewed")


def last(amount: int) -> Document:
    """Write the last so many days."""
    return {"kind": "last", "amount": amount, "unit": "days"}


def compared(name: str, operator: str, value: Any) -> Document:
    """Write a comparison."""
    return {"name": name, "operator": operator, "value": value}


def did(name: str, count: int, window: Document, *filters: Document) -> Document:
    """Write that something happened at least so often; a count of 0 is never."""
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least" if count else "at_most",
        "count": count,
        "window": window,
        "filters": list(filters),
    }


def every(*conditions: Document) -> Document:
    """Write that all hold."""
    return {"kind": "all", "conditions": list(conditions)}


def scaled(entry: Entry | None, share: float) -> float | int:
    """Write a share of the best score, on the scale of the values that are seen."""
    numbers = [float(text) for text in entry.samples] if entry else []
    best = max(numbers, default=100)
    scale = next((top for top in (1, 5, 10) if best <= top), 100)
    found = round(share * scale, 4)
    return int(found) if found == int(found) else found


def promoters(observed: Observed) -> Document:
    """Would recommend us: 9 or 10, in an attribute or in the latest answer."""
    score = observed.attribute(*NPS, sort=NUMBER)
    if score:
        return every({"kind": "attribute", **compared(score.name, "at_least", 9)})
    answered = observed.event(*NPS_ANSWERED)
    return every(latest_score(observed, answered, 9))


def satisfied(observed: Observed) -> Document:
    """Satisfied with support: at least 95 percent, in an attribute or in the latest answer."""
    score = observed.attribute(*CSAT, sort=NUMBER)
    if score:
        least = scaled(score, 0.95)
        return every({"kind": "attribute", **compared(score.name, "at_least", least)})
    answered = observed.event(*CSAT_ANSWERED)
    found = observed.property(answered, *SCORES, sort=NUMBER)
    return every(latest_score(observed, answered, scaled(found, 0.95)))


def latest_score(observed: Observed, answered: str, least: float) -> Document:
    """Write that the latest answer of the last 90 days gave at least a score."""
    score = observed.property(answered, *SCORES, sort=NUMBER)
    return {
        "kind": "latest",
        "name": answered,
        "window": last(90),
        "filters": [compared(score.name if score else "", "at_least", least)],
    }


def third_order(observed: Observed) -> Document:
    """Came back twice."""
    return every(did(observed.event(*ORDERED), 3, {"kind": "ever"}))


def first_value(observed: Observed) -> Document:
    """Reached what they came for within a week of signing up."""
    step = {
        "did": True,
        "name": observed.event(*FIRST_VALUE),
        "filters": [],
        "within": {"amount": 7, "unit": "days"},
    }
    signed_up = observed.event(*SIGNED_UP)
    return every(
        {
            "kind": "sequence",
            "name": signed_up,
            "filters": [],
            "window": last(90),
            "then": [step],
        }
    )


def seats(observed: Observed) -> Document:
    """At least 90 percent of the seats of their company are in use."""
    of_account = observed.account_attribute(*SEATS, sort=NUMBER)
    if of_account is None:
        of_contact = observed.attribute(*SEATS, sort=NUMBER)
        if of_contact:
            least = scaled(of_contact, 0.9)
            test = compared(of_contact.name, "at_least", least)
            return every({"kind": "attribute", **test})
    name = of_account.name if of_account else ""
    test = compared(name, "at_least", scaled(of_account, 0.9))
    return every({"kind": "account_attribute", **test})


def renewed(observed: Observed) -> Document:
    """Renewed or upgraded lately, by whichever events there are."""
    names = [observed.event(*RENEWED), observed.event(*UPGRADED)]
    found = list(dict.fromkeys(filter(None, names))) or [""]
    return {
        "kind": "any",
        "conditions": [did(name, 1, last(30)) for name in found],
    }


def praise(observed: Observed) -> Document:
    """Said something good in a support thread, by its sentiment, its rating or its words."""
    thread = observed.event(*THREADS)
    return every(did(thread, 1, last(14), praising(observed, thread)))


def praising(observed: Observed, thread: str) -> Document:
    """Write what in a support thread is praise."""
    sentiment = observed.property(thread, *SENTIMENTS, sort="text")
    if sentiment:
        return compared(sentiment.name, "is", "positive")
    score = observed.property(thread, *SCORES, sort=NUMBER)
    if score:
        return compared(score.name, "at_least", scaled(score, 0.9))
    words = observed.property(thread, *TEXTS, sort="text")
    return compared(words.name if words else "", "contains", "thank")


def recently_active(observed: Observed) -> Document:
    """Used the product on several occasions in the last week."""
    return every(did(observed.event(*ACTIVE), 3, last(7)))


def big_spenders(observed: Observed, trait_id: int, above: float) -> Document:
    """Spent much in the window of the trait."""
    return every(spent(trait_id, above))


def lapsed_big_spenders(observed: Observed, trait_id: int, above: float) -> Document:
    """Spent much in all, and has not come back for two months."""
    return every(spent(trait_id, above), did(observed.event(*ORDERED), 0, last(60)))


def spent(trait_id: int, above: float) -> Document:
    """Write that a trait about spending is above an amount."""
    return {
        "kind": "trait",
        "trait": trait_id,
        "operator": "greater_than",
        "value": above,
    }


def open_names(document: Any, path: Sequence[str] = ()) -> list[str]:
    """List what is still to be chosen in a rule: "event", "property" or "attribute"."""
    if isinstance(document, list):
        return [word for inner in document for word in open_names(inner, path)]
    if not isinstance(document, dict):
        return []
    here = []
    if document.get("name") == "":
        is_filter = bool(path) and path[-1] == "filters"
        is_attribute = str(document.get("kind", "")).endswith("attribute")
        here = ["property" if is_filter else "attribute" if is_attribute else "event"]
    return here + [
        word
        for key, inner in document.items()
        for word in open_names(inner, (*path, key))
    ]
