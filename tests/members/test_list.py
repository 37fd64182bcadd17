"""/settings/people: the table of a school's people: who has an account, how they come in, who was invited."""

from __future__ import annotations

import csv
import io
import re

import pytest

from app.ids import uuid7
from tests.conftest import Browser

PEOPLE = "/settings/people"
COLUMNS = ["Name", "Email address", "Role", "State", "Last sign-in", "Sign-in methods", "Joined"]


@pytest.fixture
def admin(browser, cast) -> Browser:
    """Somebody who manages the first school and reads English."""
    return browser.as_(cast.multi, language="en")


def words(element) -> str:
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def names(page):
    """The names of the rows, without what stands below them."""
    return [words(next(cell.iter("{http://www.w3.org/1999/xhtml}a"))) for cell in page.all("th", scope="row")]


def cells(page, name):
    """What a person reads in the row of somebody, by column."""
    (row,) = [row for row in page.one("tbody") if name in words(row[0])]
    return dict(zip(COLUMNS, [words(cell) for cell in row], strict=True))


def count(page, text):
    """The number that a segment of the filter bar shows."""
    for link in page.all("a"):
        if found := re.fullmatch(rf"{text} (\d+)", words(link)):
            return int(found[1])
    raise AssertionError(f"no segment {text!r}")


def disable(sql, someone, reason="disabled") -> None:
    sql.execute(
        "UPDATE membership SET ended_at = now(), end_reason = %s WHERE user_id = %s AND ended_at IS NULL",
        (reason, someone.user_id),
    )


def test_the_table_has_seven_columns(admin, sql, cast):
    sql.execute("UPDATE app_user SET last_sign_in_at = '2026-03-02 08:00+00' WHERE id = %s", (cast.thaba.teacher.user_id,))
    sql.execute("UPDATE membership SET created_at = '2026-01-05 08:00+00' WHERE user_id = %s", (cast.thaba.teacher.user_id,))
    sql.execute(
        "INSERT INTO passkey (id, user_id, credential_id, public_key, name) VALUES (%s, %s, 'x', 'x', 'Pixel 9')",
        (uuid7(), cast.thaba.teacher.user_id),
    )
    page = admin.get(PEOPLE)
    assert [words(head) for head in page.all("th", scope="col")] == COLUMNS
    assert cells(page, "Lerato Dlamini") == {
        "Name": "Lerato DlaminiStaff", "Email address": "teacher@thaba.example.com", "Role": "Teacher",
        "State": "Has signed in", "Last sign-in": "2 Mar 2026, 10:00", "Sign-in methods": "Password and passkey",
        "Joined": "5 Jan 2026",
    }  # fmt: skip
    assert cells(page, "Thandeka Zungu")["Sign-in methods"] == "Password"


def test_everybody_is_listed_by_name_with_where_they_stand(admin, sql, cast, newcomer, invited):
    sql.execute("UPDATE app_user SET last_sign_in_at = '2026-03-02 08:00+00' WHERE id = %s", (cast.thaba.teacher.user_id,))
    invited(newcomer("Lindiwe Nkosi"), cast.thaba)
    newcomer("Bongi Zulu", "staff", None)
    page = admin.get(PEOPLE)
    assert page.h1 == "People and accounts"
    assert [name for name in names(page) if name in ("Lindiwe Nkosi", "Bongi Zulu")] == ["Bongi Zulu", "Lindiwe Nkosi"]
    assert count(page, "Invited") == 1
    assert count(page, "Has signed in") == 1
    assert count(page, "Not invited") == 1
    assert count(page, "Has not signed in") == 6
    assert "Karoo" not in page.main
    assert cast.karoo.teacher.name not in page.main


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=invited", ["Lindiwe Nkosi"]),
        ("state=none", ["Bongi Zulu"]),
        ("state=signed_in", ["Lerato Dlamini"]),
        ("q=LINDIWE", ["Lindiwe Nkosi"]),
        ("q=bongi%40example", ["Bongi Zulu"]),
        ("kind=staff&state=none", ["Bongi Zulu"]),
        ("kind=guardian&state=none", []),
        ("q=%25", []),
        ("role=officer", ["Sipho Ndlovu"]),
        ("role=guardian&state=invited", ["Lindiwe Nkosi"]),
    ],
)
def test_the_list_can_be_narrowed(admin, sql, cast, newcomer, invited, query, found):
    sql.execute("UPDATE app_user SET last_sign_in_at = now() WHERE id = %s", (cast.thaba.teacher.user_id,))
    invited(newcomer("Lindiwe Nkosi"), cast.thaba)
    newcomer("Bongi Zulu", "staff", "bongi@example.org")
    page = admin.get(f"{PEOPLE}?{query}")
    assert names(page) == found


@pytest.mark.parametrize("query", ["state=nonsense", "kind=robots", "after=nowhere"])
def test_what_no_list_has_is_not_found(admin, query):
    assert admin.get(f"{PEOPLE}?{query}").status == 404


def test_the_second_page_goes_on_where_the_first_ended(admin, sql, cast, newcomer):
    for number in range(60):
        newcomer(f"Guardian {number:02}", email=None)
    first = admin.get(f"{PEOPLE}?kind=guardian")
    (older,) = [a.get("href") for a in first.all("a", rel="next")]
    second = admin.get(PEOPLE + older)
    assert len(names(first)) == 50
    assert len(names(second)) == 11
    assert not set(names(first)) & set(names(second))


def test_whose_account_is_disabled_moved_or_closed_stands_there(admin, sql, cast):
    disable(sql, cast.thaba.officer)
    disable(sql, cast.thaba.teacher, "moved")
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (cast.thaba.guardian.user_id,))
    page = admin.get(PEOPLE)
    assert cells(page, "Sipho Ndlovu")["State"] == "Disabled"
    assert cells(page, "Sipho Ndlovu")["Role"] == "Gate officer"
    assert cells(page, "Lerato Dlamini")["State"] == "Moved away"
    assert cells(page, "Lerato Dlamini")["Role"] == "–"
    assert "Closed by the platform" in cells(page, "Ayanda")["State"]
    assert (count(page, "Disabled"), count(page, "Moved away")) == (1, 1)
    assert names(admin.get(f"{PEOPLE}?state=disabled")) == ["Sipho Ndlovu"]
    assert names(admin.get(f"{PEOPLE}?state=moved")) == ["Lerato Dlamini"]


def test_who_came_back_after_an_end_stands_there_once(admin, sql, cast):
    """A membership that goes on counts, whatever ended before or after it began."""
    disable(sql, cast.thaba.officer)
    sql.execute(
        "INSERT INTO membership (school_id, id, user_id, person_id, role) VALUES (1, %s, %s, %s, 'teacher')",
        (uuid7(), cast.thaba.officer.user_id, cast.thaba.officer.person_id),
    )
    page = admin.get(PEOPLE)
    assert names(page).count("Sipho Ndlovu") == 1
    assert cells(page, "Sipho Ndlovu")["Role"] == "Teacher"


def test_the_counts_of_one_filter_follow_the_others(admin, cast):
    page = admin.get(f"{PEOPLE}?kind=staff")
    assert count(page, "Has not signed in") == 5
    assert count(page, "Teacher") == 1
    assert count(page, "Parents and guardians") == 1, "its own filter shows what the others would give"


def download(browser, path):
    """The rows of a file, each by its headings."""
    answer = browser.get(path, check=False)
    assert answer.status == 200, answer.location
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_file_has_the_same_columns_and_follows_the_filters(admin, sql, cast, stepped_up):
    sql.execute("UPDATE app_user SET last_sign_in_at = now() WHERE id = %s", (cast.thaba.teacher.user_id,))
    disable(sql, cast.thaba.officer)
    found = download(admin, "/exports/accounts.csv")
    assert list(found[0]) == COLUMNS
    by_name = {row["Name"]: row for row in found}
    assert by_name["Lerato Dlamini"]["State"] == "Has signed in"
    assert by_name["Lerato Dlamini"]["Sign-in methods"] == "Password"
    assert by_name["Sipho Ndlovu"]["State"] == "Disabled"
    assert cast.karoo.teacher.name not in by_name
    assert [row["Name"] for row in download(admin, "/exports/accounts.csv?state=disabled&kind=staff")] == ["Sipho Ndlovu"]


def test_the_file_asks_who_takes_it(admin):
    assert "/settings/" in admin.get("/exports/accounts.csv", check=False).location


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_others_see_none_of_it(browser, cast, role):
    someone = browser.as_(getattr(cast.thaba, role))
    assert someone.get(PEOPLE).status == 403
    assert PEOPLE not in someone.get("/dashboard/").text
