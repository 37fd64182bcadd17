"""Templates are compiled once a language; what they print is what stock Jinja prints."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, StrictUndefined, UndefinedError
from jinja2.compiler import CodeGenerator
from markupsafe import Markup
from markupsafe import escape as markupsafe_escape

from app.i18n.speech import speaking, speech_for
from app.i18n.templating import Environments
from app.web.lean import LeanEnvironment, escape


@pytest.fixture
def environment(app, small_catalogues):
    base = LeanEnvironment(app, loader=DictLoader({"ui": ""}), undefined=StrictUndefined, autoescape=True)
    return Environments(base, "ui")


def test_a_constant_label_is_translated_in_the_compiled_template(environment):
    code = environment["zu"].compile("<th>{{ _('Starts') }}</th>", raw=True)
    assert "<th>Siqala</th>" in code
    assert "gettext" not in code


def test_a_translation_is_escaped_like_any_text(environment):
    template = environment["af"].from_string("{{ _('Welcome to Umthi') }}|{{ _('%(school)s is closed', school='<b>') }}")
    assert template.render() == "Welkom by Umthi|&lt;b&gt; is toe"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "0 people|1 person|2 people|1\xa0234 people"),
        ("af", "0 mense|1 persoon|2 mense|1\xa0234 mense"),
        ("zu", "umuntu ongu-0|umuntu ongu-1|abantu abangu-2|abantu abangu-1,234"),
    ],
)
def test_counts_use_the_plural_of_the_language(environment, language, said):
    template = environment[language].from_string("{{ ngettext('%(num)s person', '%(num)s people', n) }}")
    assert "|".join(template.render(n=n) for n in (0, 1, 2, 1234)) == said


def test_money_is_asked_of_the_school_when_the_page_is_rendered(environment):
    template = environment["zu"].from_string("{{ 123450|money }} {{ 5|money('USD') }}")
    with speaking(speech_for("zu", "Africa/Johannesburg", "en_ZA", "ZAR")):
        assert template.render() == "R1\xa0234,50 US$0,05"
    with speaking(speech_for("zu", "Africa/Johannesburg", "zu", "BWP")):
        assert template.render() == "BWP1,234.50 $0.05"


def test_a_name_that_is_not_there_is_an_error(environment):
    with pytest.raises(UndefinedError):
        environment["en"].from_string("{{ nobody }}").render()
    with pytest.raises(AttributeError):
        environment["en"].from_string("{{ row.titel }}").render(row=object())


SOURCE = """
{% macro cell(text) %}<td>{{ text }}</td>{% endmacro %}
{% macro frame() %}<i>{{ caller() }}</i>{% for n in 'ab' %}{{ n }}{% endfor %}{% endmacro %}
{% for row in rows %}{% set twice = row.real * 2 %}
<tr>{% for n in range(row) %}{% if n is odd %}{{ cell(n) }}{% else %}{{ loop.index }}{% endif %}{% else %}none{% endfor %}
{{ twice }} {{ '<' }} {{ mark }} {{ plain }}{% filter upper %}a{{ plain }}{% endfilter %}</tr>
{% else %}<p>{{ plain }}</p>{% endfor %}
{% set block %}{{ plain }}{% for x in 'ab' %}{{ x }}{% endfor %}{% endset %}{{ block }}{{ block ~ plain }}
{% call frame() %}{% for x in 'cd' %}{{ x }}{{ mark }}{% endfor %}{% endcall %}
"""


@pytest.mark.parametrize("rows", [[], [0, 1, 2, 5]])
def test_lean_code_prints_the_same_bytes(app, rows):
    values = {"rows": rows, "mark": Markup("<i>"), "plain": "a & 'b' <c>"}
    lean = LeanEnvironment(app, autoescape=True)
    stock = LeanEnvironment(app, autoescape=True)
    stock.code_generator_class = CodeGenerator
    assert lean.from_string(SOURCE).render(values) == stock.from_string(SOURCE).render(values)


@pytest.mark.parametrize("value", ["plain", "a&b", "<", ">", '"', "'", "", 5, None, 1.5, Markup("<b>")])
def test_escape_is_markupsafes(value):
    assert escape(value) == markupsafe_escape(value)
