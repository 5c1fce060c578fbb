"""
What lets people into a campaign: one file per kind.

A kind says what it wants to hear of (``watches``), takes what has come out of the inbox
(``take``) and says it in words (``describe``). It never enrolls: that is ``engine.entry``.
Kinds: an audience that is entered or left, an event, a date on the contact, the answer to an
earlier ask, and a person or another program that lets somebody in.
"""
