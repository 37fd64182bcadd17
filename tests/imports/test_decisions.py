"""What a person decides: who is whom, and which classes are made."""

from __future__ import annotations

from tests.imports.conftest import HEADER, LEBO, THABO, csv_of

OTHER_NUMBER = THABO.replace("1001", "2001")


def test_the_same_name_and_birth_date_under_another_number_is_asked(begin, rows):
    begin(csv_of(THABO)).press("run")
    work = begin(csv_of(OTHER_NUMBER, LEBO))
    page = work.show(result="ask")
    assert "Thabo Nkosi has the same name and date of birth, and another number (1001). Is it the same learner?" in page.main
    work.press("run")
    assert rows("SELECT number FROM learner WHERE first_name = 'Thabo'") == [("1001",)]
    assert rows("SELECT result FROM roster_row WHERE import_id = %s ORDER BY number", work.id) == [("ask",), ("add",)]


def test_decided_to_be_the_same_learner_the_number_changes_and_comes_back_with_the_undo(begin, rows):
    begin(csv_of(THABO)).press("run")
    work = begin(csv_of(OTHER_NUMBER))
    page = work.press("decide", {"row_2": "same"})
    assert page.status == 303
    assert "1 row is decided." in " ".join(work.show().banners)
    work.press("run")
    assert rows("SELECT number FROM learner WHERE first_name = 'Thabo'") == [("2001",)]
    work.press("undo")
    assert rows("SELECT number FROM learner WHERE first_name = 'Thabo'") == [("1001",)]


def test_decided_to_be_another_learner_they_are_added_with_all_their_rows(begin, rows):
    begin(csv_of(THABO)).press("run")
    second = OTHER_NUMBER.replace("Anna Nkosi,mother,anna@example.com,082 555 0101", "Bheki Nkosi,father,,082 555 0103")
    work = begin(csv_of(OTHER_NUMBER, second))
    assert "It is about the learner of row 2" in work.show(result="ask").main
    work.press("decide", {"row_2": "new"})
    work.press("run")
    assert rows("SELECT number FROM learner WHERE first_name = 'Thabo' ORDER BY 1") == [("1001",), ("2001",)]
    assert rows(
        "SELECT count(*) FROM guardianship g JOIN learner l ON l.id = g.learner_id WHERE l.number = '2001'"
    ) == [(2,)]  # fmt: skip


def test_two_rows_of_one_file_with_two_numbers_are_asked(begin):
    work = begin(csv_of(THABO, OTHER_NUMBER))
    assert "Row 2 names a learner with the same name and date of birth, and another number." in work.show(result="ask").main


def test_a_learner_who_has_left_is_asked_and_comes_back(begin, rows, sql):
    begin(csv_of(THABO)).press("run")
    sql.execute("UPDATE learner SET status = 'left', left_on = '2026-06-01' WHERE number = '1001'")
    sql.execute("UPDATE person SET ended_at = now() WHERE name = 'Thabo Nkosi'")
    work = begin(csv_of(THABO))
    assert "Thabo Nkosi has left the school. Do they come back?" in work.show().main
    work.press("decide", {"row_2": "same"})
    work.press("run")
    look = "SELECT l.status, p.ended_at IS NULL FROM learner l JOIN person p ON p.id = l.id WHERE l.number = '1001'"
    assert rows(look) == [("enrolled", True)]
    work.press("undo")
    assert rows(look) == [("left", False)]


def test_whoever_is_to_have_no_contact_does_not_come_in_again_under_another_spelling(begin, rows, sql):
    begin(csv_of(THABO)).press("run")
    sql.execute("UPDATE guardianship SET no_contact = true")
    sql.execute("UPDATE person SET ended_at = now() WHERE kind = 'guardian'")  # nor when the record was archived
    assert begin(csv_of(THABO)).show(result="ask").main.count("no contact") == 0, "the same name is the same person"
    ann, bheki = (
        THABO.replace("Anna Nkosi,mother,anna@example.com,082 555 0101", each)
        for each in ("Ann Nkosi,mother,,", "Bheki Nkosi,father,,")
    )
    ties = "SELECT p.name, g.no_contact FROM guardianship g JOIN person p ON p.id = g.guardian_id ORDER BY p.name"
    work = begin(csv_of(ann, bheki))
    page = work.show(result="ask").main
    assert "Anna Nkosi is to have no contact with Thabo Nkosi. Is Ann Nkosi somebody else?" in page
    assert "Is Bheki Nkosi somebody else?" in page, "each of them is asked for himself"
    work.press("decide", {"row_2": "same", "row_3": "tie"})
    work.press("run")
    assert rows(ties) == [("Anna Nkosi", True), ("Bheki Nkosi", False)]
    assert "Ann Nkosi is not added" in work.show().main
    work = begin(csv_of(ann))
    work.press("run")
    assert rows(ties) == [("Anna Nkosi", True), ("Bheki Nkosi", False)], "undecided it is left out"


def test_rows_that_contradict_each_other_are_wrong(begin):
    work = begin(csv_of(THABO, THABO.replace("2016-03-04", "2016-03-05")))
    assert "It is not what row 2 says of the same person." in work.show(result="wrong").main


def test_only_ticked_classes_are_made(begin, rows):
    begin(csv_of(THABO, LEBO)).press("run", {"class": "0004b"})
    assert rows("SELECT name, grade FROM class_group") == [("4B", "4")]
    assert rows("SELECT count(*) FROM enrolment") == [(1,)]


def test_columns_in_afrikaans_are_recognised_and_what_is_chosen_is_remembered(begin, admin, rows):
    content = csv_of("77;Mieke;Swanepoel;04/03/2016;x", header="Leerdernommer;Voornaam;Van;Geboortedatum;Vreemd")
    work = begin(content, check=False)
    form = admin.get(f"{work.address}/columns").form(f"{work.address}/columns")
    assert [form[f"column_{n}"] for n in range(5)] == ["learner_number", "first_name", "last_name", "birth_date", ""]
    work.check(column_4="known_as")
    again = begin(content, check=False)
    assert admin.get(f"{again.address}/columns").form(f"{again.address}/columns")["column_4"] == "known_as"


def test_the_learner_list_of_sa_sams_is_recognised(begin, admin):
    work = begin(csv_of("1,A,B", header="Accession No,Surname,First Names,Date of Birth,Class,Parent Cell No"), check=False)
    form = admin.get(f"{work.address}/columns?preset=sa-sams").form(f"{work.address}/columns")
    assert [form[f"column_{n}"] for n in range(6)] == [
        "learner_number", "last_name", "first_name", "birth_date", "class", "guardian_phone",
    ]  # fmt: skip


def test_a_field_chosen_twice_or_not_at_all_is_refused(begin, admin):
    work = begin(csv_of(THABO), check=False)
    page = admin.post(f"{work.address}/columns", {"column_0": "first_name", "column_1": "first_name"})
    assert (page.status, page.problems) == (422, ["Two columns are to hold the same. Choose each field once."])
    page = admin.post(f"{work.address}/columns", {"column_0": "first_name", "column_1": "last_name"})
    assert page.status == 422
    assert "Choose the columns of the first name and the surname" in page.problems[0]


def test_the_template_imports_clean(admin, begin, rows):
    template = admin.get("/imports/template.csv").response.get_data()
    assert template.decode("utf-8-sig").splitlines()[0] == HEADER
    work = begin(template)
    work.press("run")
    assert rows("SELECT result FROM roster_row WHERE import_id = %s", work.id) == [("add",), ("add",)]


def test_an_import_that_was_put_aside_keeps_no_rows(begin, rows):
    work = begin(csv_of(THABO))
    work.press("drop")
    assert rows("SELECT count(*) FROM roster_row") == [(0,)]
    assert "This import was put aside" in work.show().main


def test_another_import_waits_while_one_is_being_done(begin, sql, rows):
    first, second = begin(csv_of(THABO)), begin(csv_of(LEBO))
    sql.execute("UPDATE roster_import SET state = 'running' WHERE id = %s", (first.id,))
    second.press("run")
    assert "Another import of the school is under way." in " ".join(second.show().banners)
    assert rows("SELECT state FROM roster_import WHERE id = %s", second.id) == [("checked",)]


def test_what_was_done_stands_in_the_audit(begin, rows):
    work = begin(csv_of(THABO))
    work.press("run")
    work.press("undo")
    assert [action for (action,) in rows("SELECT action FROM audit_event WHERE action LIKE 'imports.%%' ORDER BY seq")] == [
        "imports.upload", "imports.check", "imports.run", "imports.finish", "imports.undo", "imports.undone",
    ]  # fmt: skip
