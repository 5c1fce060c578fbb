"""
Requests that leave for addresses which somebody has typed.

- ``public``: which network addresses belong to the whole world
- ``request``: one request, bounded in everything, to such an address
- ``signing``, ``signed``: documents whose receiver can check that they are ours
"""
