"""
The embedded PostgreSQL server, and Django's way to it.

- ``place``: where its files are and which account runs it
- ``server``: make, start, stop
- ``base``: the database backend that starts it with the first connection
"""
