"""
Mails on their way out: compile, render, hand over, and never twice.

- ``compile``: content → HTML and text, once, when a version is published
- ``variables``, ``render``: what a template may mention, and one mail for one person
- ``outbox``, ``send``: claim, check again, hand over, note the outcome
- ``unknown``: what nobody knows the outcome of, and the two answers to that
- ``test_send``: to staff only, never counted
"""
