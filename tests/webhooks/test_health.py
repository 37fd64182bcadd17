"""How the webhooks of a school are, as its owner may know it."""

from __future__ import annotations

import datetime as dt

from app.domain.webhooks import health
from app.domain.webhooks.health import LATE, OfSchool
from app.tenancy.doors import across_schools, acting_for
from tests.webhooks.arranged import NOW


def of(school: int) -> OfSchool:
    with acting_for(school):
        return health.of_school()


def test_a_school_sees_its_own_and_no_others(sql, tell, work_off):
    tell(id="evt_1")
    work_off()
    tell(id="evt_2", payment="pay_2", amount="x")
    work_off()
    tell(id="evt_3", payment="pay_3")
    found = of(1)
    assert (found.failed, found.backlog) == (1, 1)
    assert found.last_good is not None
    assert found.last_failed is not None
    assert found.oldest is not None
    assert not found.is_well
    assert of(2) == OfSchool(None, None, 0, 0, None)
    assert of(2).is_well


def test_what_waits_for_long_is_not_well(sql, tell):
    tell()
    assert of(1).is_well
    sql.execute("UPDATE webhook_effect SET received_at = now() - %s", (LATE + dt.timedelta(minutes=1),))
    assert not of(1).is_well


def test_bad_signatures_are_those_of_the_schools_providers(tell):
    tell(header="")
    tell(signed=NOW - dt.timedelta(hours=1))
    tell(raw=b"{")
    tell(provider="nobody")
    with acting_for(1):
        found = health.signatures_of_school()
    assert found.number == 2
    assert found.last_at is not None
    with acting_for(2):
        assert health.signatures_of_school() == (0, None)


def test_the_platform_counts_what_waits_for_somebody(tell, work_off):
    tell(id="evt_1", amount="x")
    tell(id="evt_2", customer="cus_9", payment="pay_2")
    work_off()
    tell(id="evt_3", payment="pay_3")
    tell(id="evt_3", payment="pay_3", amount=5)
    with across_schools("a test", routine=True) as session:
        found = health.of_platform(session)
        schools = health.failed(session, 8)
    assert (found.failed, found.waiting, found.unknown, found.altered) == (1, 1, 1, 1)
    assert [(row.school, row.number) for row in schools] == [("Thaba Nkulu Primary", 1)]
