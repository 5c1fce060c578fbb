"""The background work of erasures, made known to the sweep."""

from functools import partial

from contacts.background import Slice, register_slice, work_backlog
from contacts.erasure.asking import SLICE, TASK
from contacts.models import Erasure

register_slice(
    Slice(
        name=SLICE,
        label="Forget people",
        task=TASK,
        due=partial(work_backlog, Erasure),
    )
)
