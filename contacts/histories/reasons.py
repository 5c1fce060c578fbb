"""Why a row of past events was set aside or needs a look: a closed list of words."""

from contacts.imports.reasons import REASONS as FILE_REASONS
from contacts.imports.reasons import WARNINGS as FILE_WARNINGS
from contacts.tracking.reasons import MESSAGE_REASONS

REASONS = {
    "time_missing": "The row does not say when it happened.",
    "time_invalid": "The time can't be read in the way that you chose.",
    "time_absurd": "The time lies before 1970.",
    "time_in_future": "The time lies in the future.",
    "no_event": "The row does not say what happened.",
    "no_person": "The row does not say whose it is: there is no user id, email or anonymous id.",
    "bad_json": "The line is not JSON.",
    "known": "This event is known already; it was imported before.",
    "duplicate": "The same event is in an earlier row. It counts once.",
    "stranger": "Nobody with this id or email is known, and you chose to leave such rows out.",
    "blocked": "The tracking plan of the source blocks this event.",
    "forgotten": "The person was forgotten before the event was imported.",
    "refused": "The event was refused when it was imported; the Debugger says why.",
}
WARNINGS = {
    "bad_date": "A date could not be read and was left out.",
    "bad_email": "The email is none and was left out; the row has another id.",
}


def explain(code: str) -> str:
    """Say what a reason or a warning means."""
    for words in (REASONS, WARNINGS, MESSAGE_REASONS, FILE_REASONS, FILE_WARNINGS):
        if code in words:
            return words[code]
    raise KeyError(code)
