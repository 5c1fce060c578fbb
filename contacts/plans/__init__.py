"""Tracking plans: what should come, what to do where it does not, and repairs."""
