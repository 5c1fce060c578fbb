"""
The kinds of conditions, one file each; a new one is added to the list below.

Which words mean what is written in ``LANGUAGE.md`` beside this package.
"""

from audiences.conditions.kind import Kind
from audiences.conditions.kinds import (
    account_attribute,
    attribute,
    audience,
    entered,
    event,
    first_time,
    held,
    latest,
    listed,
    local_time,
    rank,
    regular,
    resumed,
    sequence,
    share,
    state,
    stopped,
    trait,
)

# In the order in which a marketer is offered them.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        attribute.KIND,
        event.KIND,
        first_time.KIND,
        latest.KIND,
        sequence.KIND,
        regular.KIND,
        stopped.KIND,
        resumed.KIND,
        listed.KIND,
        audience.KIND,
        trait.KIND,
        state.KIND,
        held.KIND,
        entered.KIND,
        rank.KIND,
        account_attribute.KIND,
        local_time.KIND,
        share.KIND,
    )
}
KIND_OF: dict[type, Kind] = {kind.node: kind for kind in KINDS.values()}
