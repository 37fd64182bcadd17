"""The templates keep their rules, and each rule is seen to fail on a planted violation."""

import pytest

from app.web.template_checks import faults, problems

GOOD = """{% extends 'web/shell.html' %}
{# A comment may say what it likes. #}
{% block title %}{{ _('Notices') }}{% endblock %}
{% block main %}
<h1>{{ _('Notices') }} – Umthi</h1>
<a href="{{ 'notices.new_notice'|url }}" aria-label="{{ _('More') }}: {{ row.title }}">{{ row.title }}</a> <a href="?page=2">2</a> <a href="#main">…</a>
<form method="post">{{ ui.carry(shell) }}<input name="q" placeholder="{{ _('Search') }}"></form>
<form><input name="q"></form>
<code>flask --app wsgi doctor</code>
<img src="{{ 'tree.svg'|asset }}" alt="">
{% if row.title == 'Words in code are not words on a page' %}{% endif %}
{% endblock %}"""


def test_the_templates_are_clean():
    assert problems() == []


def test_a_good_template_breaks_no_rule():
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("<p>Notices</p>", "words in one language only: 'Notices'"),
        ("{% if x %}Two{% endif %}", "words in one language only"),
        ("{{ _('Good') }} and bad", "words in one language only: 'and bad'"),
        ('<p title="Notices"></p>', "title in one language only"),
        ('<td data-h="Starts"></td>', "data-h in one language only"),
        ('<input placeholder="Search">', "placeholder in one language only"),
        ('<p style="color: red"></p>', "an inline style"),
        ("<style>p { color: red }</style>", "an inline style"),
        ('<button onclick="go()"></button>', "an inline handler: onclick"),
        ("<script>go()</script>", "an inline script"),
        ('<script type="module">{{ data }}</script>', "an inline script"),
        ('<script type="application/ld+json">{"a": "{{ data }}"}</script>', "data that is not written by Python"),
        ('<form method="post" action="{{ x.actions }}"></form>', "a post form without ui.carry(shell)"),
        ('<form method="post"><button></button></form>', "a post form without ui.carry(shell)"),
        (
            '<form method="post" action="{{ x }}"><input name="csrf_token" value="{{ y }}"></form>',
            "a post form without ui.carry(shell)",
        ),
        ('<img src="{{ x }}">', "an img without alt"),
        ('<a href="/schedule-notices/{{ id }}"></a>', "an address by hand"),
        ('<form action="/login"></form>', "an address by hand"),
        ('<a href="https://example.com"></a>', "an address by hand"),
    ],
)
def test_a_planted_violation_is_found(bad, said):
    found = faults(f"<section>\n{bad}\n</section>")
    assert [line for line in found if line.startswith("2: ") and said in line], found


def test_the_line_of_a_fault_is_the_line_of_the_template():
    assert faults("{# two\nlines #}\n{% if\n x %}\n<p>bad</p>{% endif %}")[0].startswith("5: ")


def test_what_is_no_script_and_a_form_for_strangers_pass():
    assert faults('<script type="application/ld+json">{{ data }}</script>') == []
    assert faults("""<form method="post" action="{{ block.of['form'].action }}"></form>""") == []


def test_a_letter_may_carry_its_styles():
    assert faults("<style>p { color: red }</style>", is_letter=True) == []
    assert faults("<script>go()</script>", is_letter=True) == ["1: an inline script"]


def test_a_fault_names_its_file(tmp_path):
    folder = tmp_path / "blueprints" / "gate" / "templates" / "gate"
    folder.mkdir(parents=True)
    (folder / "list.html").write_text("\n<p>Gate</p>", "utf-8")
    assert problems(tmp_path) == ["blueprints/gate/templates/gate/list.html:2: words in one language only: 'Gate'"]
