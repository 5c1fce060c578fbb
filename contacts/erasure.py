"""Forget a person, or hand over everything that is known of one."""
