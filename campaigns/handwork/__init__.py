"""
What people of ours do in a campaign: tasks with ready words.

- ``make``: a task for each of a batch; the words are rendered when it is written
- ``close``: done, dismissed, or no longer needed
"""
