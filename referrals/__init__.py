"""
Who brought whom.

Rooms, from the bottom up:

- ``event_names``, ``sharing``, ``robots``: words, share texts and bot rules, no tables
- ``models/``: programs, advocates, codes, visits, referrals
- ``links``, ``advocates``: codes that never die, and the people who own them
- ``visits``: what came through a link, people told apart from machines
- ``attribution``: from a visit, a code or an event to the one advocate who gets the credit
- ``admin/``, ``views/``: pages for marketers; the link, the share page, the endpoint

Read first: ``advocates.enroll_advocates``, ``visits.record_visit``,
``attribution.attribute_referral``.
"""
