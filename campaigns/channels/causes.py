"""The closed list of causes for which a message was not accepted, each in words."""

from enum import StrEnum


class Cause(StrEnum):
    """Why a message is not on its way."""

    # Of the channel; trying again may help.
    NOT_CONNECTED = "not_connected"
    TRY_LATER = "try_later"
    # Of the channel; trying again is useless.
    REFUSED = "refused"
    ADDRESS_UNKNOWN = "address_unknown"
    ADDRESS_INVALID = "address_invalid"
    # The connection is switched off.
    CONNECTION_OFF = "connection_off"
    # The letter left, and no answer came.
    OUTCOME_UNKNOWN = "outcome_unknown"
    # Of ours.
    CONTENT_INVALID = "content_invalid"
    SENDER_DIED = "sender_died"
    TOO_OFTEN = "too_often"
    STALE = "stale"
    MERGED = "merged"
    FORGOTTEN = "forgotten"
    REPLACED = "new_version"
    # Of the ladder of an ask.
    ANSWERED = "answered"
    NEXT_RUNG = "next_rung"
    UNSEEN = "unseen"
    DISMISSED = "dismissed"
    # Told by the provider, later.
    BOUNCED = "bounced"
    REJECTED = "rejected"


LABELS = {
    Cause.NOT_CONNECTED: "The mail server can't be reached",
    Cause.TRY_LATER: "The mail server asked to try again later",
    Cause.REFUSED: "The mail server refused the message",
    Cause.ADDRESS_UNKNOWN: "The address does not exist",
    Cause.ADDRESS_INVALID: "The address can't be written to",
    Cause.CONNECTION_OFF: "The connection is switched off",
    Cause.OUTCOME_UNKNOWN: "The connection broke before the mail server answered",
    Cause.CONTENT_INVALID: "The mail could not be made for this person",
    Cause.SENDER_DIED: "The sending program ended in the middle",
    Cause.TOO_OFTEN: "Given up after too many attempts",
    Cause.STALE: "It was too late to send it",
    Cause.FORGOTTEN: "The person asked to be forgotten",
    Cause.REPLACED: "Taken out of the campaign with a new version",
    Cause.ANSWERED: "The person answered before it was seen",
    Cause.NEXT_RUNG: "Not seen in time; the ask went on by another way",
    Cause.UNSEEN: "Not seen in time",
    Cause.DISMISSED: "A colleague dismissed the task",
    Cause.BOUNCED: "The mailbox sent it back",
    Cause.REJECTED: "The provider did not send it",
    Cause.MERGED: "Became one contact with somebody further in the campaign",
}
# Where another system is on the other side, and no mail server.
OF_A_CONNECTION = {
    Cause.NOT_CONNECTED: "The other system can't be reached",
    Cause.TRY_LATER: "The other system asked to try again later",
    Cause.REFUSED: "The other system refused it",
    Cause.ADDRESS_INVALID: "Nothing can be sent to the address of the connection",
    Cause.OUTCOME_UNKNOWN: "The other system did not answer",
    Cause.CONTENT_INVALID: "It could not be made for this person",
    Cause.REJECTED: "The other system could not deliver it",
}
