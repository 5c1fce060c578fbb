"""How long it takes at least from each place of a flow to the next ask."""

from campaigns.flows.edits import new_step
from campaigns.flows.leads import minutes_to_ask


def test_the_shortest_way_to_the_next_ask_counts():
    ask = new_step("email", key="ask", name="Ask")
    slow = new_step("delay", key="slow", name="Slow", amount=2, unit="days")
    first = new_step("delay", key="first", name="First", amount=3, unit="hours")
    branch = new_step("branch", key="branch", name="Branch", yes=[slow])
    last = new_step("exit", key="last", name="Last")

    assert minutes_to_ask([first, branch, ask, last]) == {
        "": 180,
        "first": 180,
        "branch": 0,
        "slow": 2880,
        "ask": 0,
    }


def test_a_flow_without_an_ask_leads_to_none():
    assert minutes_to_ask([new_step("delay", key="d", name="D")]) == {}
    assert minutes_to_ask([]) == {}
