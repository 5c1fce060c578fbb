"""
A file of any kind becomes contacts: read, checked, committed, undone.

Plain reading and mapping, without tables: ``fields``, ``encodings``, ``dialects``,
``records``, ``rows``, ``mapping``, ``typed``, ``reasons``, ``spreadsheets``. Operations on
tables, each set-based: ``uploads``, ``staging``, ``classify``, ``commit``, ``undo``,
``review``, ``report``, ``retention``. The marketer's verbs are in ``batches`` and ``runs``;
``advance`` does the background part.

Read first: ``runs.start_import``, ``staging.Stager``, ``commit.commit_chunk``.
"""
