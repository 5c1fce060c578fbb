"""
Introductions: a note to forward, and a friend who is asked before anything is known of him.

- ``fields``: what texts may mention, and how it is filled in
- ``drafts``: the texts to begin with, in our languages
- ``offers``: what a program says, and where one books a time
- ``write``: a new introduction, and the note that is forwarded
- ``confirming``: an address that was typed, until its owner presses the button
- ``answer``: the friend agrees, or wants to hear nothing more; ``bookings``: a time is booked
- ``demo``: introductions of a shop that does not exist

Read first: ``write.begin_intro``, ``answer.accept_intro``, ``answer.close_intro``.
"""
