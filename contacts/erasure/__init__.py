"""
Forget a person, or hand over everything that is known of one.

- ``asking``: ask for an erasure; was somebody with this address forgotten?
- ``forget``: do it, table by table, as each of them declares
- ``forgetting``: what the apps above have to do before that
- ``sendings``: what the person sent: messages in the inbox, and receipts
- ``traces``: what else names the person outside the tables about people: samples, files, the log
- ``handover``: everything about one person as a ZIP file

Read first: ``asking.request_erasure``, ``forget.forget_person``.
"""
