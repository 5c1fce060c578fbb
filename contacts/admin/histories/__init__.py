"""The wizard for past events: a page for each step, mounted beneath the list of event imports."""
