"""A roster from the upload to the undo, as an admin sees it."""

from __future__ import annotations

from tests.imports.conftest import LEBO, THABO, csv_of

PEOPLE = "SELECT p.kind, p.name, p.email, p.phone, p.language FROM person p WHERE p.school_id = 1 AND p.name = ANY (%s) ORDER BY 1, 2"
NEW = ["Thabo Nkosi", "Anna Nkosi", "Lebo Mokoena", "Peter Mokoena"]


def test_nothing_is_changed_before_somebody_presses_import(begin, rows):
    work = begin(csv_of(THABO, LEBO))
    page = work.show()
    assert "Nothing has been changed yet" in page.main
    assert "Adds the learner Thabo Nkosi" in page.main
    assert "There is no class 4A" in page.main
    assert rows(PEOPLE, NEW) == []


def test_learners_come_with_their_parents_and_classes(begin, rows):
    work = begin(csv_of(THABO, LEBO))
    assert work.press("run", {"class": ["4a", "0004a"]}).status == 303
    assert rows(PEOPLE, NEW) == [
        ("guardian", "Anna Nkosi", "anna@example.com", "+27825550101", "zu"),
        ("guardian", "Peter Mokoena", "peter@example.com", "+27825550102", "en"),
        ("learner", "Lebo Mokoena", None, None, None),
        ("learner", "Thabo Nkosi", None, None, None),
    ]
    assert rows("SELECT number, known_as, birth_date::text FROM learner WHERE number LIKE '100%%' ORDER BY 1") == [
        ("1001", None, "2016-03-04"), ("1002", "Lee", "2015-01-31"),
    ]  # fmt: skip
    assert rows("SELECT relation FROM guardianship ORDER BY relation") == [("father",), ("mother",)]
    assert rows("SELECT c.name, c.grade FROM enrolment e JOIN class_group c ON c.id = e.class_id") == [("4A", "4")]
    assert "Done" in work.show().main


def test_the_same_file_again_changes_nothing(begin, rows):
    begin(csv_of(THABO, LEBO)).press("run", {"class": ["0004a", "0004b"]})
    before = rows("SELECT * FROM person ORDER BY id"), rows("SELECT * FROM guardianship"), rows("SELECT * FROM enrolment")
    again = begin(csv_of(THABO, LEBO))
    page = again.show()
    assert "This very file was imported" in page.main
    assert "There is nothing to import" in page.main
    assert rows("SELECT result FROM roster_row WHERE import_id = %s", again.id) == [("same",), ("same",)]
    again.press("run")
    assert before == (
        rows("SELECT * FROM person ORDER BY id"),
        rows("SELECT * FROM guardianship"),
        rows("SELECT * FROM enrolment"),
    )


def test_undone_nobody_is_left_and_changed_values_are_what_they_were(begin, rows):
    begin(csv_of(THABO)).press("run", {"class": ["0004a"]})
    everything = rows("SELECT id, name, phone FROM person ORDER BY id"), rows("SELECT * FROM enrolment")
    second = begin(csv_of(THABO.replace("0101", "0199").replace("Thabo", "Thabang").replace("4A", "4B"), LEBO))
    second.press("run", {"class": ["0004b"]})
    assert rows("SELECT name FROM person WHERE name LIKE 'Thab%%'") == [("Thabang Nkosi",)]
    assert second.press("undo").status == 303
    assert (rows("SELECT id, name, phone FROM person ORDER BY id"), rows("SELECT * FROM enrolment")) == everything
    page = second.show()
    assert "2 people were deleted" in page.main


def test_a_value_that_was_changed_again_stays_and_that_is_told(begin, rows, sql):
    begin(csv_of(THABO)).press("run")
    second = begin(csv_of(THABO.replace("0101", "0199").replace("Thabo,", "Thabang,")))
    second.press("run")
    sql.execute("UPDATE person SET phone = '+27825550777' WHERE name = 'Anna Nkosi'")
    second.press("undo")
    assert rows("SELECT phone FROM person WHERE name = 'Anna Nkosi'") == [("+27825550777",)]
    assert rows("SELECT count(*) FROM person WHERE name = 'Thabo Nkosi'") == [(1,)]
    assert "1 value had been changed again and stays" in second.show().main


def test_whoever_was_used_since_is_archived_instead_of_deleted(begin, rows, sql):
    work = begin(csv_of(THABO, LEBO))
    work.press("run")
    (learner,) = rows("SELECT id FROM learner WHERE number = '1001'")[0]
    sql.execute(
        "INSERT INTO medical_note (school_id, id, learner_id, note, updated_by) VALUES (1, uuid7(), %s, 'Nuts', 'N')",
        (learner,),
    )
    work.press("undo")
    assert rows("SELECT name, ended_at IS NULL FROM person WHERE name = ANY (%s)", NEW) == [("Thabo Nkosi", False)]
    assert rows("SELECT status FROM learner WHERE id = %s", learner) == [("left",)]
    assert "1 person has been used since and was archived" in work.show().main


def test_several_rows_are_several_guardians_and_siblings_share_one(begin, rows):
    sibling = "1003,Zodwa,Nkosi,,2018-05-06,1A,Anna Nkosi,mother,anna@example.com,082 555 0101,zu"
    father = "1001,Thabo,Nkosi,,2016-03-04,4A,Bheki Nkosi,father,bheki@example.com,,"
    begin(csv_of(THABO, father, sibling, THABO)).press("run")
    assert rows("SELECT count(*) FROM person WHERE name = 'Anna Nkosi'") == [(1,)]
    ties = "SELECT l.number, p.name FROM guardianship g JOIN learner l ON l.id = g.learner_id JOIN person p ON p.id = g.guardian_id ORDER BY 1, 2"
    assert rows(ties) == [("1001", "Anna Nkosi"), ("1001", "Bheki Nkosi"), ("1003", "Anna Nkosi")]


def test_rows_that_are_wrong_name_row_and_column_and_the_others_go_in(begin, rows):
    wrong = "1003,Zodwa,Nkosi,,2018-13-06,1A,Anna Nkosi,mother,anna(at)example.com,12,zu"
    work = begin(csv_of(THABO, wrong))
    page = work.show(result="wrong")
    assert "“2018-13-06” is no day of the calendar" in page.main
    assert "E (birth_date)" in page.main
    assert "“anna(at)example.com” is no email address" in page.main
    assert "“12” is no phone number" in page.main
    work.press("run")
    assert rows("SELECT number FROM learner WHERE number LIKE '100%%'") == [("1001",)]


def test_the_rows_to_mend_import_clean_once_they_are_mended(begin, admin, rows):
    wrong = "1003,Zodwa,Nkosi,,2018-13-06,1A,Anna Nkosi,mother,anna@example.com,+27825550101,zu"
    work = begin(csv_of(THABO, wrong))
    work.press("run")
    file = admin.get(f"{work.address}/errors.csv").response.get_data()
    assert file.startswith(b"\xef\xbb\xbflearner_number")
    assert b"E (birth_date)" in file
    mended = begin(file.replace(b"2018-13-06", b"2018-12-06"))
    mended.press("run")
    assert rows("SELECT number FROM learner WHERE number LIKE '100%%' ORDER BY 1") == [("1001",), ("1003",)]
    assert rows("SELECT count(*) FROM person WHERE name = 'Anna Nkosi'") == [(1,)]
