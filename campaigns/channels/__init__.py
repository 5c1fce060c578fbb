"""
Ways out: one file per kind of channel, which never import each other.

A channel hands over one finished letter and returns, or raises ``ChannelError`` with one of
``causes``. Whatever else it raises means that nobody knows what became of the letter.
"""
