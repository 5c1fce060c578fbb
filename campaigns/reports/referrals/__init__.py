"""
What came of all that was asked, across programs and campaigns.

- ``filters``: which asks and which friends a page is about
- ``stages``: the groups of asks and of friends; a number, its people and its file come from one
- ``funnel``, ``yes_rate``, ``timing``, ``money``, ``advocates``, ``fraud``: one report each
- ``people``: who is behind a number

Asks count on the day they were made and friends on the day they joined, each with all that came
of them since; money is that of these friends, net of what was taken back.
"""
