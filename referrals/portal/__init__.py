"""
What an advocate's own page shows, and the ways into it.

- ``history``: when somebody was asked, as an app above tells
- ``standing``: the own referrals and rewards, in plain words and without a friend's name
- ``channels``: on which channels we may write
- ``entry``: links by mail, to the page and to one's data

Read first: ``standing.referrals_of``, ``entry.ask_for_page``.
"""
