"""
Past events from a file: read, checked, written by the drain's own way, undone.

Plain reading, without tables: ``timestamps``, ``columns``, ``rows``, ``reasons``. Operations
on tables: ``files``, ``staging``, ``classify``, ``forecast``, ``commit``, ``undo``,
``report``, ``retention``. The marketer's verbs are in ``runs``; ``advance`` does the
background part, and ``command`` all of it at once.

What comes from a file counts for everything and starts nothing, unless somebody ticks that
it may. Uploads, letters, delimiters and records are those of ``contacts.imports``.

Read first: ``runs.start_check``, ``rows.TableReader``, ``commit.Committer``.
"""
