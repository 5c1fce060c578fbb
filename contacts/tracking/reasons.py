"""
Why something that a client sent was refused, and what was unusual about what was not.

Both lists are closed: a word for the machine, a sentence for the marketer and the developer.
"""

# One message; the others of its request are accepted all the same.
MESSAGE_REASONS = {
    "not_an_object": "It is not an object with fields.",
    "no_type": "It does not say what it is. Give it a type, such as track or identify.",
    "unknown_type": "Its type is not one of track, identify, page, screen, group, alias.",
    "no_name": "The event has no name.",
    "bad_name": "The name of the event is not a text.",
    "name_too_long": "The name of the event is longer than 200 characters.",
    "reserved_name": (
        "Greenlight itself records events of this name, and anybody can send what this source"
        " sends. Give the event another name, or trust the source."
    ),
    "no_identifier": "It does not say whose it is: there is no id, or one like “null”.",
    "bad_identifier": "An id is neither a text nor a number.",
    "identifier_too_long": "An id is longer than 254 characters.",
    "no_group": "It does not say which group: the group id is missing.",
    "no_previous_id": "An alias needs two ids: the previous id, and the user id.",
    "bad_properties": "Its properties or traits are not an object with fields.",
    "unknown_field": "It has a field that this address does not know.",
    "bad_time": "Its time can't be read. Write it like 2026-03-04T10:15:00Z.",
    "too_large": "It is larger than 512 KB.",
    "too_deep": "It is nested more than 64 levels deep.",
    "too_many": "It came after the first 2,500 events of a request. Send smaller batches.",
    "internal_error": "Greenlight failed on it three times. The details are in the log.",
}

# A whole request.
REQUEST_REASONS = {
    "bad_json": "The body of the request is not JSON.",
    "bad_gzip": "The body of the request says it is compressed, and can't be unpacked.",
    "unsupported_encoding": "The body is compressed in another way than gzip.",
    "no_batch": "The request has no list of events under the name batch.",
    "body_not_an_object": "The body of the request is not an object with fields.",
    "body_too_large": "The request is larger than this site takes. Send smaller batches.",
    "body_too_deep": "The request is nested too deep to be read.",
    "no_key": "The request shows no write key.",
    "unknown_key": "The write key is unknown, revoked, or of a source that is off.",
    "method_not_allowed": "This address takes another kind of request.",
    "rate_limited": "This write key sends more requests than it may. Send them later.",
    "busy": "Events arrive faster than they can be understood. Send them later.",
    "unavailable": "The site can't keep events right now. Send them again later.",
}

REASONS = MESSAGE_REASONS | REQUEST_REASONS

FLAGS = {
    "clamped": "Its time lies in the future; the time of its arrival was taken.",
    "undated": "Its time can't be read or lies before 1970; the time of its arrival was taken.",
    "oversize": "It is larger than the 32 KB that other systems take.",
    "long_id": "Its message id is longer than 100 characters; a hash of it was kept.",
    "generated_id": "It came without a message id. A second copy would count again.",
    "repaired": "It held text or numbers that can't be stored; they were replaced.",
    "cut": "It was nested deeper than 64 levels; what lay deeper was left out.",
    "reserved": "Greenlight records events of this name itself; this one was told by a source.",
    "untrusted": "Anybody can send events with the key of this source; this one pays nothing.",
}


class Refused(ValueError):
    """Something can't be taken: the word for why, and what exactly came."""

    def __init__(self, reason: str, details: str = "") -> None:
        super().__init__(f"{REASONS[reason]} {details}".strip())
        self.reason = reason
        self.details = details


class MessageRefused(Refused):
    """One message can't be taken."""


class BodyRefused(Refused):
    """A request can't be taken at all."""
