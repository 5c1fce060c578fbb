"""The background work of imports of past events, made known to the sweep."""

from functools import partial

from contacts.background import Slice, register_slice, work_backlog
from contacts.imports.retention import expired_backlog
from contacts.models import HistoryRun

register_slice(
    Slice(
        name="contacts.histories",
        label="Import past events",
        task="contacts.tasks.advance_histories",
        due=partial(work_backlog, HistoryRun),
        # One after the other, so that the same row of two files counts once.
        places=1,
    )
)
register_slice(
    Slice(
        name="contacts.old_histories",
        label="Delete old files of events",
        task="contacts.tasks.purge_histories",
        due=partial(expired_backlog, HistoryRun),
    )
)
