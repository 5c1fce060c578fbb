"""Pages for contacts: no sign-in, no script, on a phone."""
