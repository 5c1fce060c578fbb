"""
The tracking API: accept what clients send, and keep it before saying so.

A request goes through these, from the top down:

- ``dispatcher``: stands in front of Django, knows the addresses
- ``requests``, ``pixel``: what is read from the request itself
- ``take``: finds the source, looks, keeps, answers; ``limits`` may say "later"
- ``glance``: the quick look; ``messages`` the close one, with ``envelopes``, ``fields``,
  ``times`` and ``bodies`` below it
- ``inbox``, ``refusals``: what is written
- ``browser``: what browsers load before they send
- ``answers``, ``reasons``: the words

The drain reads the same bodies again with ``messages.read_body``.
"""
