from time import perf_counter

import pytest

from contacts.plans.patterns import PatternRefused, compile_pattern


def test_pattern_is_searched_in_the_text():
    pattern = compile_pattern(r"^[A-Z]{2}-\d+$")

    assert pattern.search("DE-12")
    assert not pattern.search("x DE-12")
    assert compile_pattern("ü").search("Grün")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "This pattern is not understood: missing ): (."),
        (r"(?=x)", "This pattern is not understood: invalid perl operator: (?=."),
        (r"(a)\1", r"This pattern is not understood: invalid escape sequence: \1."),
        ("a" * 201, "A pattern has at most 200 characters."),
    ],
)
def test_pattern_that_can_not_be_used_says_why(pattern, reason):
    with pytest.raises(PatternRefused) as refused:
        compile_pattern(pattern)

    assert str(refused.value).startswith(reason)


def test_too_large_pattern_is_refused():
    with pytest.raises(PatternRefused):
        compile_pattern("((a{1,100}){1,100}){1,100}")


@pytest.mark.parametrize("pattern", ["(a+)+$", ".*.*.*.*.*=x", "(a|aa)+$"])
def test_pattern_never_takes_long(pattern):
    compiled = compile_pattern(pattern)

    start = perf_counter()
    assert not compiled.search("a" * 10_000 + "!")
    assert perf_counter() - start < 1
