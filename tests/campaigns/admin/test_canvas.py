from campaigns.admin.canvas import copied_key, draw_flow, find_card, neighbor_key
from campaigns.flows.definition import empty_document
from campaigns.flows.edits import new_step


def document() -> dict:
    check = new_step("branch", key="check", name="Check")
    check["yes"] = [new_step("delay", key="a", name="A")]
    steps = [
        new_step("delay", key="wait", name="Wait"),
        check,
        new_step("email", key="last", name="Last"),
    ]
    return empty_document() | {"steps": steps}


def draw(document: dict):
    return draw_flow(
        document,
        sentence=lambda step: step["kind"],
        problems={"a": ["!"]},
        counts={"a": 5},
    )


def moves(key: str) -> list[tuple[str, str]]:
    card = find_card(draw(document()), key)
    return [(move.title, move.place) for move in card.moves]


def test_the_first_step_moves_down_and_into_the_branch_below():
    assert moves("wait") == [
        ("Move down", ".main.2"),
        ("Move into “Check”, “True”", "check.yes.0"),
        ("Move into “Check”, “False”", "check.no.0"),
    ]


def test_the_last_step_moves_up_and_to_the_end_of_the_branch_above():
    assert moves("last") == [
        ("Move up", ".main.1"),
        ("Move into “Check”, “True”", "check.yes.1"),
        ("Move into “Check”, “False”", "check.no.0"),
    ]


def test_an_only_step_of_a_side_moves_out_of_its_branch():
    assert moves("a") == [
        ("Move up", ".main.1"),
        ("Move down", ".main.2"),
        ("Move out, below", ".main.2"),
    ]


def test_a_lone_step_moves_nowhere():
    alone = empty_document() | {"steps": [new_step("delay", key="a", name="A")]}

    assert draw(alone).cards[0].moves == []


def test_cards_know_their_place_problems_and_counts():
    card = find_card(draw(document()), "a")

    assert (card.position, card.problems, card.counts, card.after.label) == (
        "step 3 of 4, on the side “True” of “Check”",
        ["!"],
        5,
        "after “A”",
    )
    assert find_card(draw(document()), "check").inside_count == 1
    assert find_card(draw(document()), "gone") is None


def test_the_neighbor_of_what_is_gone_is_the_next_else_the_last():
    before = document()
    without_check = before | {"steps": [before["steps"][0], before["steps"][2]]}
    without_last = before | {"steps": before["steps"][:2]}

    assert neighbor_key(before, without_check, "check") == "last"
    assert neighbor_key(before, without_last, "last") == "a"
    assert neighbor_key(before, before | {"steps": []}, "wait") == ""


def test_the_copied_key_is_the_new_one():
    before = document()
    after = before | {"steps": [*before["steps"], new_step("delay", key="new")]}

    assert copied_key(before, after) == "new"
