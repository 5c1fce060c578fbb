"""
Counts that are counts of rows.

A *group* is one predicate with a name. The number in a report, the list of people behind it
and the exported file all come from the same group, so they can't differ.
"""
