"""/marketing/leads/: filters, search, paging and the board."""

import datetime as dt

import pytest

from app.domain.classes import today_here
from app.i18n.speech import speaking, speech_for
from tests.leads.arranged import a_lead
from tests.leads.conftest import BASE
from tests.pages import XHTML, words


def names(page):
    return [words(th.find(f"{XHTML}a")) for th in page.all("th", scope="row")]


@pytest.fixture
def today(app):
    with speaking(speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")):
        return today_here()


def test_nothing_yet_says_what_to_do(owner):
    page = owner.get(f"{BASE}/")
    assert "No leads yet" in page.main
    assert page.links()["New lead"] == f"{BASE}/new"


def test_the_newest_stand_first_and_the_archive_apart(owner, lead):
    lead("Anna Botha")
    lead("Ben Nel", stage="archived", archived_from="new")
    lead("Carol Dube", stage="trial")
    assert names(owner.get(f"{BASE}/")) == ["Carol Dube", "Anna Botha"]
    assert names(owner.get(f"{BASE}/?stage=archived")) == ["Ben Nel"]
    assert names(owner.get(f"{BASE}/?stage=trial")) == ["Carol Dube"]


def test_other_schools_leads_are_nowhere(owner, lead, sql, cast):
    theirs = a_lead(sql, cast.karoo, "Somebody Else's", email="else@example.org")
    lead("Anna Botha")
    for address in (f"{BASE}/", f"{BASE}/board", f"{BASE}/?q=else@example.org", "/dashboard/"):
        assert "Somebody Else" not in owner.get(address).main
    for path in ("", "/edit", "/merge", "/convert", "/archive", "/erase", "/copy.json"):
        assert owner.get(f"{BASE}/{theirs}{path}").status == 404, path


def test_each_filter_narrows_the_list(owner, lead, cast, today):
    one = lead("Anna Botha", source="phone", owner_id=cast.thaba.admin.person_id, next_step="Call", next_due_on=today)
    lead("Ben Nel", source="event", next_step="Call", next_due_on=today - dt.timedelta(days=2))
    lead("Carol Dube", next_step="Call", next_due_on=today + dt.timedelta(days=2))
    assert one
    for query, expected in {
        "source=phone": ["Anna Botha"],
        "due=today": ["Anna Botha"],
        "due=overdue": ["Ben Nel"],
        "due=coming": ["Carol Dube"],
        f"owner={cast.thaba.admin.person_id}": ["Anna Botha"],
        "owner=nobody": ["Carol Dube", "Ben Nel"],
        "source=event&due=today": [],
    }.items():
        assert names(owner.get(f"{BASE}/?{query}")) == expected, query
    assert "1 lead is overdue" in owner.get(f"{BASE}/").main


@pytest.mark.parametrize("query", ["stage=won", "source=radio", "due=never", "owner=me", "after=x", "due=today&after=1"])
def test_what_no_filter_knows_is_not_found(owner, lead, query):
    lead()
    assert owner.get(f"{BASE}/?{query}").status == 404


@pytest.mark.parametrize("text", ["pal mah", "karabo", "PALESA@example.org", "082 555 0199", "+27 82 555 0199", "2782555"])
def test_a_lead_is_found_by_name_child_address_and_phone(owner, lead, text):
    lead()
    lead("Anna Botha", email="anna@example.org", phone=None, child_name="Ben")
    assert names(owner.get(f"{BASE}/?q={text.replace('+', '%2B')}")) == ["Palesa Mahlangu"]


def test_a_new_name_is_found_and_the_old_one_no_more(owner, lead, sql):
    made = lead(email="parent@example.org")
    sql.execute("UPDATE lead SET name = 'Refilwe Mokoena' WHERE id = %s", (made,))
    assert names(owner.get(f"{BASE}/?q=refilwe")) == ["Refilwe Mokoena"]
    assert names(owner.get(f"{BASE}/?q=palesa")) == []


def test_what_was_merged_away_or_erased_is_in_no_list(owner, lead, sql):
    kept = lead("Anna Botha")
    lead("Merged Away", merged_into=kept)
    lead("", erased_at=dt.datetime.now(dt.UTC))
    assert names(owner.get(f"{BASE}/")) == ["Anna Botha"]
    assert names(owner.get(f"{BASE}/?q=merged")) == []


@pytest.mark.parametrize("due", ["", "due=coming&"])
def test_pages_follow_each_other_without_a_gap(owner, lead, today, due):
    made = [lead(f"Lead {n:02}", next_step="x", next_due_on=today + dt.timedelta(days=1 + n // 9)) for n in range(60)]
    first = owner.get(f"{BASE}/?{due}")
    second = owner.get(f"{BASE}/{first.links()['Older']}")
    assert len(names(first)) == 50
    assert len(set(names(first)) | set(names(second))) == len(made)
    assert names(second) == sorted(names(second), reverse=not due)


def test_the_list_costs_the_same_however_many_there_are(owner, lead, caplog):
    def queries():
        owner.get(f"{BASE}/")
        return caplog.records[-1].fields["queries"]

    with caplog.at_level("INFO", "umthi.request"):
        lead()
        one = queries()
        for number in range(30):
            lead(f"Lead {number}")
        assert queries() == one


@pytest.mark.parametrize("role", ["admin", "teacher", "officer", "guardian", "student"])
def test_only_owners_see_leads(browser, cast, lead, role):
    made = lead()
    someone = browser.as_(getattr(cast.thaba, role))
    for address in (f"{BASE}/", f"{BASE}/board", f"{BASE}/{made}"):
        assert someone.get(address).status == 403
    assert "/marketing/leads" not in str(someone.get("/dashboard/").text)


def test_the_dashboard_of_the_owner_counts_what_is_new_and_due(owner, lead, today):
    assert "panel-leads" not in owner.get("/dashboard/").text
    lead(next_step="Call", next_due_on=today)
    lead(stage="contacted", next_step="Call", next_due_on=today - dt.timedelta(days=1))
    section = next(e for e in owner.get("/dashboard/").all("section") if e.get("aria-labelledby") == "panel-leads")
    figures = {words(div.find(f"{XHTML}dt")): words(div.find(f"{XHTML}dd")) for div in section.iter(f"{XHTML}div")}
    assert figures == {"New leads": "1", "Due today": "1", "Overdue": "1"}


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_pages_stand_in_every_language(browser, cast, lead, sql, language):
    made, other = lead(), lead("Palesa M.")
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.owner.user_id))
    reader = browser.as_(cast.thaba.owner, language=language)
    for path in ("/", "/board", "/new", "/keeping", f"/{made}", f"/{made}/edit", f"/{made}/merge", f"/{made}/merge?other={other}",
                 f"/{made}/convert", f"/{made}/archive"):  # fmt: skip
        assert reader.get(f"{BASE}{path}").status == 200, path
