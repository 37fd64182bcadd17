"""A language's words, and a school's clock and money."""

import datetime as dt

from app.i18n.speech import Words, speaking, speech, speech_for

MOMENT = dt.datetime(2026, 11, 20, 22, 30, tzinfo=dt.UTC)


def test_a_moment_is_shown_by_the_schools_clock():
    assert speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR").moment(MOMENT) == "21 Nov 2026, 00:30"
    assert speech_for("en", "Europe/London", "en_ZA", "ZAR").moment(MOMENT) == "20 Nov 2026, 22:30"


def test_money_is_the_schools_whoever_reads_it():
    assert speech_for("zu", "Africa/Johannesburg", "en_ZA", "ZAR").money(123450) == "R1\xa0234,50"
    assert speech_for("zu", "Africa/Johannesburg", "en_ZA", "ZAR").money_in("USD")(5) == "US$0,05"
    assert speech_for("en", "Africa/Johannesburg", "zu", "BWP").money(123450) == "BWP1,234.50"


def test_values_are_filled_in_and_a_count_is_formatted_for_the_reader():
    assert Words("en").gettext("Hello %(name)s", name="Thandi") == "Hello Thandi"
    assert Words("en").gettext("100 %") == "100 %"
    assert Words("en").ngettext("%(num)s person", "%(num)s people", 1234) == "1\xa0234 people"


def test_what_is_bound_is_gone_after_the_block():
    outer, inner = (speech_for(language, "Africa/Johannesburg", "en_ZA", "ZAR") for language in ("en", "zu"))
    with speaking(outer):
        with speaking(inner):
            assert speech() is inner
        assert speech() is outer
