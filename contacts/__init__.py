"""
People, what happened to them, and what we may send them.

Everything that knows a person by name is here; nothing here knows who is asked for a
referral, or why.

Rooms, from the bottom up:

- ``tokens``, ``names``, ``addresses``, ``sentences``, ``shapes``, ``cells``: rules and words
  without tables; ``prepared``: statements that run so often that they are planned once;
  ``sealed``: secrets at rest; ``outgoing/``: requests to addresses that somebody has typed;
  ``worlds``: whether what is done now counts, or is a rehearsal
- ``site``: the admin site, on which every app mounts its pages
- ``models/``: contacts, identifiers, events, lists, consent, imports, sources and what they
  sent, plans, background work
- ``sharding``: what the tables keep to, so that they can be spread by contact
- ``work``: claims, leases and progress of long work, as rows
- ``background``: ring the doorbell for a slice of work; sweep what is due
- ``events``, ``changes``: record what happened; tell who watches that a contact has changed
  otherwise
- ``consents``: what we may send to whom
- ``sources``, ``source_health``, ``volumes``: who sends, with which key, how much, and
  whether it still does
- ``receipts``: find messages, newest first, among millions
- ``attributes/``: what we were told about people, and when; the newest counts
- ``identities/``: who is who: finding, linking, merging and parting people
- ``lists``: people who were put together by hand or by an import
- ``schema``, ``observed``: the events and properties that sources send, learned from what
  came; what the pages read of them
- ``tracking/``: the address that clients send to; keeps what came before it says so
- ``plans/``: what should come, what to do where it does not, and repairs
- ``drain/``: what sources sent becomes people, events, attributes and accounts
- ``replays``: let what was blocked or rejected go through the drain again
- ``funnels/``: stages that people pass through, mapped to events
- ``imports/``: a file of any kind, read, checked, committed, undone
- ``histories/``: a file of past events, likewise; it counts for all and starts nothing
- ``exports``: lists as CSV that a spreadsheet cannot be tricked with
- ``erasure/``: forget a person, with proof; hand over all that is known of one
- ``forms``, ``templatetags/``: text into values, values into text
- ``tasks``: what the queue calls, three lines each
- ``admin/``, ``views/``: pages for marketers; pages for contacts, addresses for clients
- ``demo/``: the customers of a shop that does not exist, and what its website sends

Read first: ``drain.batch.understand``, ``events.record``, ``background.enqueue``.
"""
