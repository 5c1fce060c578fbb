"""
Who is who: what names people, why two names mean one person, merging and parting.
"""
