import time
from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.emails import liquid
from campaigns.emails.filters import FILTERS

VARIABLES = {
    "contact": {"first_name": "Ada <3", "attributes": {"plan": "pro", "total": 1250.5}},
    "day": "2026-03-01",
    "locale": "de",
}


def shown(source, *, is_html=False, **variables):
    template = liquid.parse(source, is_html=is_html)
    return liquid.render(template, {**VARIABLES, **variables})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hi {{ contact.first_name }}", "Hi Ada <3"),
        ("{{ contact.nobody | default: 'friend' }}", "friend"),
        ("{{ nothing.at.all }}", ""),
        ("{% if contact.attributes.total > 3 %}rich{% endif %}", "rich"),
        ("{% assign a = 2 %}{{ a | times: 3 | minus: 1 }}", "5"),
        ("{% for n in (1..3) %}{{ n }}{% endfor %}", "123"),
        (
            "{% case contact.attributes.plan %}{% when 'pro' %}P{% else %}-{% endcase %}",
            "P",
        ),
        ("{% unless contact.attributes.gone %}here{% endunless %}", "here"),
        ("{% comment %}no{% endcomment %}{% # no %}yes", "yes"),
        ("{{ 'x y' | url_encode }}", "x+y"),
        ("{{ 'not a number' | plus: 1 }}", "1"),
        (
            "{{ day | date: '%-d. %B %Y, %m/%d/%y %% %Q' }}",
            "1. März 2026, 03/01/26 % %Q",
        ),
        ("{{ day | date_local }}", "1. März 2026"),
        ("{{ day | date_local: 'short' }}", "01.03.26"),
        ("{{ 'soon' | date_local }} {{ 'soon' | date: '%Y' }}", "soon soon"),
        ("{{ contact.attributes.total | money: 'EUR' }}", "1.250,50\xa0€"),
        ("{{ '7.5' | money: 'eur' }}", "7,50\xa0€"),
        ("{{ 'a lot' | money }} {{ 5 | money: 'nope' }}", "a lot 5"),
    ],
)
def test_render_writes_what_a_mail_may_say(source, expected):
    assert shown(source) == expected


@pytest.mark.parametrize("value", [date(2026, 3, 1), datetime(2026, 3, 1, 12)])  # noqa: DTZ001
def test_dates_may_be_dates_or_datetimes(value):
    assert shown("{{ when | date_local: 'medium' }}", when=value) == "01.03.2026"


def test_an_unknown_language_writes_dates_in_english():
    assert shown("{{ day | date_local }}", locale="xx-broken") == "March 1, 2026"


def test_values_are_escaped_in_html_only():
    assert shown("{{ contact.first_name }}", is_html=True) == "Ada &lt;3"


def test_python_is_out_of_reach():
    source = (
        "{{ contact.__class__ }}{{ contact.keys }}{{ day.upper }}{{ thing.secret }}"
    )

    class Thing:
        secret = "no"

        def __str__(self):
            return "thing"

    assert shown(source, thing=Thing()) == ""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% include 'x' %}", "line 1: unexpected tag 'include'"),
        ("{% render 'x' %}", "line 1: unexpected tag 'render'"),
        ("{% capture x %}{% endcapture %}", "line 1: unexpected tag 'capture'"),
        (
            "\n{% tablerow i in a %}{% endtablerow %}",
            "line 2: unexpected tag 'tablerow'",
        ),
        ("a\n\n{{ a | append: 'b' }}", "line 3: there is no filter 'append'"),
        ("{{ a | replace: 'b', 'c' }}", "line 1: there is no filter 'replace'"),
        ("{{ a | safe }}", "line 1: there is no filter 'safe'"),
        ("\n{{ a", "line 2: expected '}}', found end of file"),
        ("{% if %}{% endif %}", "line 1: missing expression"),
    ],
)
def test_parse_refuses_and_names_the_line(source, expected):
    with pytest.raises(liquid.TemplateError) as error:
        liquid.parse(source, is_html=False)

    assert str(error.value) == expected


BOMBS = {
    "long loop": "{% for a in (1..100000000) %}x{% endfor %}",
    "nested loops": "{% for a in (1..999) %}{% for b in (1..999) %}x{% endfor %}{% endfor %}",
    "deep nesting": "{% if a %}" * 3_000 + "{% endif %}" * 3_000,
    "growing number": "{% assign n = 9999999 %}{% for a in (1..900) %}"
    "{% assign n = n | times: n %}{% endfor %}",
    "huge number": "{{ 99999999999999999999 | plus: 1 }}",
    "growing text": "{% assign t = '" + "&" * 60 + "' %}{% for a in (1..900) %}"
    "{% assign t = t | url_encode | escape %}{% endfor %}{{ t }}",
    "much output": "{% for a in (1..900) %}{{ big }}{% endfor %}",
    "many names": "".join(f"{{% assign v{n} = big %}}" for n in range(200)),
    "long value": "{{ huge | upcase }}",
    "division by zero": "{{ 1 | divided_by: 0 }}",
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_are_stopped_at_once(source):
    started = time.process_time()

    with pytest.raises(liquid.TemplateError):
        shown(source, big="x" * 10_000, huge="x" * 1_000_000)

    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "source",
    ["{{ '1e99999999' | round }}", "{{ 1e400 | ceil }}", "{{ '9' | floor: 1 }}"],
)
def test_odd_numbers_end_quickly(source):
    started = time.process_time()

    with suppress(liquid.TemplateError):
        shown(source)

    assert time.process_time() - started < 0.5


NAMES = st.sampled_from(["contact.first_name", "day", "nothing", "1e9", "'text'", "3"])
FILTER_CALLS = st.builds(
    lambda name, arguments: name + (f": {', '.join(arguments)}" if arguments else ""),
    st.sampled_from(sorted(FILTERS)),
    st.lists(NAMES, max_size=2),
)


@settings(max_examples=300, deadline=2_000)
@given(NAMES, st.lists(FILTER_CALLS, max_size=5))
def test_any_chain_of_filters_renders_or_says_why_not(name, calls):
    source = "{{ " + " | ".join([name, *calls]) + " }}"

    try:
        result = shown(source)
    except liquid.TemplateError as error:
        result = str(error)

    assert len(result) <= 20_100


@settings(max_examples=200, deadline=2_000)
@given(st.text(alphabet="{}%| ifor.a'\"\n:1", max_size=60))
def test_any_text_parses_or_says_why_not(source):
    try:
        result = shown(source)
    except liquid.TemplateError as error:
        result = str(error)

    assert isinstance(result, str)


def test_variables_used_names_each_with_its_line():
    source = "{{ contact.first_name }}\n{% assign x = sender.name %}{{ x }}{% for o in contact.orders %}{{ o.id }}\n{% if ask['url'] %}{% endif %}{% endfor %}{{ list[0] }}"

    assert liquid.variables_used(source) == [
        ("contact.first_name", 1),
        ("sender.name", 2),
        ("contact.orders", 2),
        ("ask.url", 3),
        ("list.*", 3),
    ]
