"""Why a message did not count, and what to do about it."""

from contacts.models import Receipt


def reason_sentence(receipt: Receipt) -> str:
    """Say why it did not count; blank if it did."""
    if receipt.state == Receipt.State.ACCEPTED:
        return ""
    return receipt.details or receipt.reason.replace("_", " ").capitalize()
