"""Why a message did not count, what was unusual about it, and what to do."""

from contacts.models import Receipt, Violation
from contacts.tracking.reasons import FLAGS, REASONS

IN_CODE = "Correct the call in the code that sends it, then send the event again."
# What to do, by the word for what is wrong.
ADVICE = {
    "no_type": IN_CODE,
    "unknown_type": IN_CODE,
    "no_name": "Give the event a name in the code that sends it.",
    "bad_name": "Send the name of the event as a text.",
    "name_too_long": "Use a short name, and put what varies into a property.",
    "no_identifier": (
        "Send a userId where somebody is signed in, and an anonymousId everywhere else."
    ),
    "bad_identifier": "Send ids as texts or numbers.",
    "identifier_too_long": "Send a shorter id; tokens and addresses of pages are none.",
    "no_group": "Send the groupId of the account with the call.",
    "no_previous_id": "An alias needs previousId and userId.",
    "bad_properties": "Send properties and traits as an object with names.",
    "too_large": "Send what the event is about, not whole documents or pictures.",
    "too_deep": "Send flat properties; nobody can ask for what is nested so deep.",
    "too_many": "Use smaller batches; the official clients do so by themselves.",
    "internal_error": (
        "This is our mistake. The message is kept; the log says what went wrong."
    ),
    "unknown_key": (
        "Compare the key in the code with the keys of the source. If it has been revoked,"
        " make another key."
    ),
    "no_key": "Put the write key of a source into the client.",
    "bad_json": "Look at the beginning of the body below, and correct what makes it.",
    "body_too_large": "Use smaller batches; the official clients do so by themselves.",
}
PLAN_ADVICE = (
    "Correct the code, allow it in the tracking plan, or repair it: a repaired message can be"
    " replayed, nothing of it is lost."
)


def reason_sentence(receipt: Receipt) -> str:
    """Say why it did not count; blank if it did."""
    if receipt.state == Receipt.State.ACCEPTED:
        return ""
    if receipt.state == Receipt.State.BLOCKED:
        problems = dict(Violation.Problem.choices)
        problem = problems.get(receipt.reason, receipt.reason.replace("_", " "))
        return f"The tracking plan kept it out: {str(problem).lower()}."
    return REASONS.get(receipt.reason) or receipt.details or "It was not understood."


def advice(receipt: Receipt) -> str:
    """Say what to do about it; blank if nothing."""
    if receipt.state == Receipt.State.BLOCKED:
        return PLAN_ADVICE
    if receipt.state == Receipt.State.REJECTED:
        return ADVICE.get(receipt.reason, IN_CODE)
    return ""


def flag_sentences(receipt: Receipt) -> list[str]:
    """Say what was unusual about it."""
    sentences = [FLAGS[flag] for flag in receipt.flags if flag in FLAGS]
    if receipt.is_historical:
        sentences.append(
            "It tells of the past: it counts for audiences, and no campaign reacts to it."
        )
    return sentences
