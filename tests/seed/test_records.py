"""The records of the baseline: who applied, who left, who stands there twice, and medical notes."""

from __future__ import annotations

from app.seed import baseline
from tests.seed.conftest import Place


def test_each_school_has_applicants_leavers_notes_and_one_learner_twice(seeded: Place) -> None:
    for school in (1, 2):
        found = dict(seeded.rows("SELECT status, count(*) FROM learner WHERE school_id = %s GROUP BY status", school))
        assert found == {"applied": 2, "left": 3, "enrolled": 301}
        assert seeded.value("SELECT count(*) FROM medical_note WHERE school_id = %s", school) > 20
        twice = (
            "SELECT count(*) FROM (SELECT p.name, l.birth_date FROM person p JOIN learner l USING (school_id, id)"
            " WHERE school_id = %s GROUP BY 1, 2 HAVING count(*) = 2) t"
        )
        assert seeded.value(twice, school) == 1


def test_who_left_has_left_everywhere(seeded: Place) -> None:
    gone = "SELECT bool_and(p.ended_at IS NOT NULL), bool_and(l.left_on IS NOT NULL) FROM person p JOIN learner l USING (school_id, id)"
    assert seeded.rows(gone + " WHERE l.status = 'left'") == [(True, True)]


def test_profiles_that_an_upgrade_made_are_filled_in(filled: Place) -> None:
    filled.sql.execute("UPDATE learner SET number = NULL, birth_date = NULL WHERE school_id = 1 AND number LIKE '%7'")
    baseline.seed(filled.app)
    bare = "SELECT count(*) FROM learner WHERE number IS NULL AND birth_date IS NULL"
    assert filled.value(bare) <= 2  # the student of the demo has an account, what they changed stays; one learner was erased
