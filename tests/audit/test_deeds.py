"""What is held against a whole run: routes that change something, and of which no test has seen that they leave an event."""

from tests import deeds


def test_a_route_that_no_test_has_seen_to_leave_an_event_is_named():
    """Planted: one that leaves none beside one that does and one that needs none."""
    assert deeds.unproven({"a.silent", "a.told", "progress.see"}, {"a.told"}) == ["a.silent"]


def test_who_needs_no_event_is_a_route_that_changes_something(app):
    changing = {rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) - deeds.SAFE}
    assert deeds.NO_DEED.keys() - changing == set()


def test_only_a_run_of_everything_is_judged(pytestconfig):
    """This run may be of everything or of a part; one that was told which tests is of a part."""
    asked = pytestconfig.option.keyword
    pytestconfig.option.keyword = "deeds"
    try:
        assert not deeds.is_whole(pytestconfig)
    finally:
        pytestconfig.option.keyword = asked
