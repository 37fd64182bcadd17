"""How a field is drawn: label, hint, error, input, in that order, whatever its kind."""

from __future__ import annotations

import re

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

CHOICES = [SelectChoice("a", "Active"), SelectChoice("b", "<Baby>")]


class Sample(Form):
    title = StringField("Title", [InputRequired("Enter a title")])
    state = SelectField("Status", choices=CHOICES)
    audience = RadioField("For whom", [InputRequired("Choose whom it is for")], choices=CHOICES)
    urgent = BooleanField("Urgent")


@pytest.fixture
def draw(app):
    """Draw one field of the sample, as it comes back with this input."""
    environment = app.extensions["pages"].environments["en"]

    def drawn(name, given=None, **options):
        form = Sample(MultiDict(given)) if given is not None else Sample()
        if given is not None:
            form.validate()
        template = environment.from_string("{{ ui.field(field, **options) }}")
        return re.sub(r"\s*\n\s*", "", template.render(field=form[name], options=options))

    return drawn


def test_a_text_field_says_label_hint_error_and_input_in_that_order(draw):
    html = draw("title", {"title": ""}, hint="In a few words.")
    places = [html.index(part) for part in ('<label for="title">', 'id="title-hint"', 'id="title-error"', "<input")]
    assert places == sorted(places)
    assert 'aria-describedby="title-hint title-error"' in html
    assert 'aria-invalid="true"' in html
    assert "(optional)" not in html


def test_a_field_that_may_stay_empty_says_so_and_describes_nothing_that_is_not_there(draw):
    html = draw("state")
    assert "(optional)" in html
    assert "aria-describedby" not in html
    assert "aria-invalid" not in html


def test_a_choice_is_escaped_and_the_chosen_one_is_marked(draw):
    html = draw("state", {"state": "b"}, width="m")
    assert '<select class="input w-m" id="state" name="state">' in html
    assert '<option value="b" selected>&lt;Baby&gt;</option>' in html


def test_radio_buttons_are_a_group_whose_first_carries_the_id_of_the_field(draw):
    html = draw("audience", {}, hint="It is mailed to them.")
    assert re.match(
        r'<fieldset class="field bad" aria-describedby="audience-hint audience-error"><legend>For whom</legend>', html
    )
    assert re.findall(r'type="radio" id="([^"]+)"', html) == ["audience", "audience-2"]
    assert html.count('name="audience"') == 2


def test_a_box_stands_before_its_words(draw):
    html = draw("urgent", {"urgent": "y"})
    assert html.index('type="checkbox"') < html.index('<label for="urgent">Urgent</label>')
    assert " checked" in html
