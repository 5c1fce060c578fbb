"""Mail through a provider's own interface, by Anymail: what its errors mean for a letter."""

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)

from campaigns.channels.base import ChannelError, OutcomeUnknown
from campaigns.channels.causes import Cause

# Told with each letter, and told back in each event about it.
TAG = "greenlight_tag"
TOO_MANY = 429
NOT_ALLOWED = (401, 403)
# Nothing has left: the connection itself did not come about.
NEVER_LEFT = (requests.ConnectTimeout, requests.exceptions.SSLError)


def letter_error(error: Exception) -> ChannelError | OutcomeUnknown:
    """Tell from what Anymail raises whether a letter was not accepted, or who knows."""
    details = str(error)
    if isinstance(error, AnymailRecipientsRefused):
        return ChannelError(Cause.REFUSED, permanent=True, details=details)
    if isinstance(error, AnymailInvalidAddress):
        return ChannelError(Cause.ADDRESS_INVALID, permanent=True, details=details)
    if isinstance(error, (AnymailSerializationError, AnymailUnsupportedFeature)):
        return ChannelError(Cause.REFUSED, permanent=True, details=details)
    if isinstance(error, AnymailRequestsAPIError | AnymailAPIError):
        return _of_answer(error, details)
    return OutcomeUnknown(details or type(error).__name__)


def _of_answer(error: AnymailAPIError, details: str) -> ChannelError | OutcomeUnknown:
    """Tell from the provider's answer; where none came, from how the connection broke."""
    status = error.status_code
    cause = error.__cause__
    if status is None:
        if isinstance(cause, NEVER_LEFT) or "NewConnectionError" in repr(cause):
            return ChannelError(Cause.NOT_CONNECTED, permanent=False, details=details)
        return OutcomeUnknown(details)
    if status in NOT_ALLOWED:
        # The key is wrong; that is no fault of the letter.
        return ChannelError(Cause.NOT_CONNECTED, permanent=False, details=details)
    if status == TOO_MANY:
        return ChannelError(Cause.TRY_LATER, permanent=False, details=details)
    if 400 <= status < 500:
        return ChannelError(Cause.REFUSED, permanent=True, details=details)
    return OutcomeUnknown(details)
