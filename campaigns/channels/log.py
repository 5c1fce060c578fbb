"""Letters to the log, for development."""

import logging

from campaigns.channels.base import Letter

log = logging.getLogger(__name__)


class LogChannel:
    """Writes one line per letter and sends nothing."""

    def open(self) -> None:
        """Have nothing to open."""

    def send(self, letter: Letter) -> str:
        """Write the line."""
        log.info("Letter %s to %s: %s", letter.tag, letter.to, letter.subject)
        return "logged"

    def close(self) -> None:
        """Have nothing to close."""
