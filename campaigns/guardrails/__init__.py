"""
What may stop a send: one file per guardrail, asked twice.

Once when an ask is decided (``campaigns.asks.make``) and once at the instant of handing over
(``recheck.recheck``, called by the sender). Every guardrail is asked each time; the first in
the order of ``reasons`` is the reason that is shown.
"""
