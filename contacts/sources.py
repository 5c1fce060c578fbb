"""Sources of events and their keys: made, shown once, replaced, revoked, trusted."""
