"""
What a history of messages amounts to, in plain Python: written from the rules, without a table.

- Messages count in the order of (time, key); the key is "source:message id".
- The identifiers of a message are its user id, its anonymous id and its address, in this
  order; it is booked under the first. The first is linked to each of the others: to an
  address firmly, otherwise loosely. An alias links the user firmly to what it replaces; an id
  that is no made-up one may be a user's or a visitor's, so it is taken for both.
- What a public source says of addresses and aliases is a claim: it counts after all that is no
  claim, aliases before addresses, and never joins two people who both have a user id. All
  links of a public source are as old as their arrival, then as they say. An address that is
  claimed joins nobody of whom a user id or an address had come from elsewhere by then; but a
  source that recognizes people ("p", not "q") may join such a one, by his address, with
  somebody without an address of whom nothing had, if he has no user id, or none but what came from elsewhere later.
- Links count in the order of their messages, within a message aliases first, then addresses,
  then loose ones, and then by what they link. A loose link never joins two people who both
  have a user id. Nobody gets more than five user ids, five addresses, a hundred visitors.
- Of each attribute the newest value counts; none takes it away. A name fills those parts of
  the name that were never given; what was noticed gives way to what was stated. What a public
  source says counts only where nobody else ever said anything; a full name says both parts.
"""

from functools import partial
from itertools import groupby

MOST = {"user_id": 5, "email": 5, "anonymous_id": 100}
FIELDS = {
    "email": "email",
    "firstName": "first_name",
    "lastName": "last_name",
    "locale": "locale",
    "timezone": "time_zone",
}


def settle(sources, history):
    """
    Who there is and which accounts, from messages in any order, however often.

    A message id begins with the letter of its source; "p" and "q" are public.
    """
    key = partial(key_of, sources)
    messages = {message["messageId"]: message for message in history}
    ordered = sorted(
        messages.values(),
        key=lambda one: (one["timestamp"], key(one)),
    )
    people = find_people(ordered, key)
    return {
        "people": sorted((describe(key, names, ordered) for names in people), key=repr),
        "accounts": describe_accounts(ordered),
    }


def key_of(sources, message):
    return f"{sources[message['messageId'][0]]}:{message['messageId']}"


def identifiers(message):
    """The identifiers of a message, the weightiest first."""
    email = (
        message.get("traits", {}).get("email") if kind(message) == "identify" else None
    )
    pairs = [
        ("user_id", message.get("userId")),
        ("anonymous_id", message.get("anonymousId")),
        ("email", email),
    ]
    return [(sort, value) for sort, value in pairs if value]


def kind(message):
    return message["type"]


def links(message):
    """What a message says to be one person: strength, and both ends."""
    first, *others = identifiers(message)
    claim = 3 if is_public(message) else 0
    for other in others:
        yield (1 + claim if other[0] == "email" else 2), first, other
    previous = message.get("previousId")
    if kind(message) == "alias" and previous != first[1]:
        made_up = len(previous) == 36 and previous.count("-") == 4
        yield claim, first, ("anonymous_id", previous)
        if not made_up:
            yield claim, first, ("user_id", previous)


def find_people(ordered, key):
    """Join what is linked, unless a guard says no."""
    group_of = {}
    for message in ordered:
        for name in identifiers(message):
            group_of.setdefault(name, {name})
    said = set()
    stated = find_stated(ordered)
    by_link = sorted(ordered, key=lambda message: link_time(message, key))
    for turn in range(3):
        for message in by_link:
            news = sorted(links(message), key=lambda link: (link[0], sorted(link[1:])))
            for strength, one, other in news:
                pair = (strength, frozenset((one, other)))
                letter = message["messageId"][0] if strength == 4 else ""
                if max(0, strength - 2) == turn and (letter, pair) not in said:
                    said.add((letter, pair))
                    guarded = {
                        name for name, at in stated.items() if at <= message["arrived"]
                    }
                    late = {name for name in stated if name not in guarded}
                    join(
                        group_of,
                        strength,
                        one,
                        other,
                        guarded=guarded,
                        late=late,
                        recognizes=message["messageId"][0] == "p",
                    )
    return {frozenset(group) for group in group_of.values()}


def is_public(message):
    return message["messageId"][0] in "pq"


def link_time(message, key):
    """When a message says what it says of who is who."""
    if is_public(message):
        return message["arrived"], message["timestamp"], key(message)
    return message["timestamp"], key(message)


def find_stated(ordered):
    """Since when user ids and addresses have come from elsewhere than public sources."""
    stated = {}
    for message in ordered:
        if not is_public(message):
            names = {identifiers(message)[0]}
            for _, *ends in links(message):
                names.update(ends)
            for name in names:
                if name[0] != "anonymous_id":
                    known = stated.get(name, message["arrived"])
                    stated[name] = min(known, message["arrived"])
    return stated


def join(group_of, strength, one, other, *, guarded, late, recognizes):
    ours = group_of.setdefault(one, {one})
    theirs = group_of.setdefault(other, {other})
    if ours is theirs:
        return
    for sort, most in MOST.items():
        here = sum(name[0] == sort for name in ours)
        there = sum(name[0] == sort for name in theirs)
        if (
            here
            and there
            and (here + there > most or (strength >= 2 and sort == "user_id"))
        ):
            return
    if strength == 4 and guarded & (ours | theirs):
        users = {name for name in theirs if name[0] == "user_id"}
        addresses = {name for name in ours if name[0] == "email"}
        if guarded & ours or addresses or users - late or not recognizes:
            return
    ours |= theirs
    for name in theirs:
        group_of[name] = ours


def describe(key, names, ordered):
    """What a person shows."""
    own = [message for message in ordered if identifiers(message)[0] in names]
    events = [
        (message["event"], message["timestamp"], key(message))
        for message in own
        if kind(message) == "track"
    ]
    shown = show([message for message in own if kind(message) == "identify"], names)
    groups = sorted(
        {
            (message["groupId"], identifiers(message)[0])
            for message in own
            if kind(message) == "group"
        }
    )
    joined = [
        (
            group,
            name,
            min(
                message["timestamp"]
                for message in own
                if message.get("groupId") == group and identifiers(message)[0] == name
            ),
        )
        for group, name in groups
    ]
    return {
        "identifiers": sorted(names),
        "events": sorted(events),
        "shown": shown,
        "groups": joined,
    }


def show(identifies, names):
    stated, claimed, noticed = {}, {}, {}
    for message in identifies:
        told = claimed if is_public(message) else stated
        for name, value in message.get("traits", {}).items():
            if name == "email" and (value is None or ("email", value) not in names):
                continue
            told[FIELDS.get(name, name)] = value
        if message.get("context", {}).get("locale"):
            noticed["locale"] = message["context"]["locale"]
    if stated.get("name"):
        claimed = {
            name: value for name, value in claimed.items() if not name.endswith("_name")
        }
    told = claimed | stated
    words = (told.pop("name", None) or "").split()
    parts = {
        "first_name": words[:-1] or words,
        "last_name": words[-1:] if words[1:] else [],
    }
    for field, part in parts.items():
        if field not in told:
            told[field] = " ".join(part)
    if not told.get("locale"):
        told["locale"] = noticed.get("locale")
    return {name: value for name, value in told.items() if value not in (None, "")}


def describe_accounts(ordered):
    groups = sorted(
        (message for message in ordered if kind(message) == "group"),
        key=lambda message: message["groupId"],
    )
    accounts = {}
    for group_id, messages in groupby(groups, key=lambda message: message["groupId"]):
        told = {}
        first = None
        for message in messages:
            first = first or message["timestamp"]
            told.update(message.get("traits", {}))
        name = told.pop("name", None) or ""
        rest = {key: value for key, value in told.items() if value is not None}
        accounts[group_id] = (name, rest, first)
    return accounts
