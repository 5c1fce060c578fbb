"""Pages of the site itself: health, and the demo's mailbox and shop."""
