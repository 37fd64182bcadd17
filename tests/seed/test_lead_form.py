"""The enquiry form and the referrals of the baseline."""

from __future__ import annotations

from app.domain.leads.asking import CHOSEN, Ask
from app.domain.leads.bots import REASONS
from app.seed import baseline
from tests.seed.conftest import Place


def test_the_form_of_the_demo_school_is_open_and_asks_what_there_is(seeded: Place) -> None:
    ((is_open, fields, school),) = seeded.rows("SELECT is_open, fields, school_id FROM lead_form")
    assert (is_open, school) == (True, 1)
    assert fields.keys() == set(CHOSEN)
    assert set(fields.values()) <= {each.value for each in Ask}


def test_two_texts_were_agreed_to_each_by_those_who_saw_it(seeded: Place) -> None:
    assert seeded.rows("SELECT version FROM lead_consent_text ORDER BY 1") == [(1,), (2,)]
    assert seeded.value("SELECT count(*) FROM lead WHERE (consent_at IS NULL) <> (consent_text_id IS NULL)") == 0
    late = "SELECT count(*) FROM lead JOIN lead_consent_text t ON t.id = consent_text_id WHERE consent_at < published_at"
    assert seeded.value(late) == 0


def test_what_was_refused_has_words_and_lies_in_the_past(seeded: Place) -> None:
    assert {reason for (reason,) in seeded.rows("SELECT reason FROM lead_form_refusal")} <= REASONS.keys()
    assert seeded.value("SELECT count(*) FROM lead_form_refusal WHERE on_date >= current_date + 1") == 0


def test_three_families_have_a_code_and_nobody_counts_for_their_own(seeded: Place) -> None:
    assert seeded.value("SELECT count(*) FROM referral_code") == 3
    assert seeded.rows("SELECT withdrawn_at IS NULL, count(*)::int FROM referral GROUP BY 1 ORDER BY 1") == [
        (False, 1),
        (True, 2),
    ]
    own = "SELECT count(*) FROM referral r JOIN referral_code c ON c.id = code_id JOIN lead l ON l.id = lead_id"
    assert seeded.value(f"{own} WHERE l.guardian_id = c.guardian_id") == 0
    assert seeded.value("SELECT count(*) FROM referral_code c WHERE NOT EXISTS (SELECT FROM guardianship g"
                        " WHERE g.guardian_id = c.guardian_id)") == 0  # fmt: skip
    assert seeded.rows("SELECT kind, count(*)::int FROM referral_reward GROUP BY 1 ORDER BY 1") == [("granted", 2), ("paid", 1)]


def test_a_second_run_adds_nothing(seeded: Place) -> None:
    count = "SELECT (SELECT count(*) FROM lead_form_refusal), (SELECT count(*) FROM referral), (SELECT count(*) FROM referral_reward)"
    before = seeded.rows(count)
    baseline.seed(seeded.app)
    assert seeded.rows(count) == before
