"""The Debugger: every message that arrives, and what became of it."""
