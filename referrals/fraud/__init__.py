"""
Whether a friend is a friend: scored, explained and held, never silently refused.
"""
