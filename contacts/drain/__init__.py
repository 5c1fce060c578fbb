"""Understand what was accepted: once each, in any order, with the same result."""
