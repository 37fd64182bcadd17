"""Signing out ends the session on the server."""


def test_the_token_is_worth_nothing_afterwards(browser, cast, sql):
    someone = browser.as_(cast.thaba.admin)
    page = someone.post("/logout")
    assert (page.status, page.location) == (303, "/login?news=signed-out")
    assert browser.as_(cast.thaba.admin).get("/dashboard/").location == "/login?next=/dashboard/"
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'account.sign_out'").fetchone() == (1,)


def test_the_cookie_goes_and_the_door_says_so(browser, cast):
    someone = browser.as_(cast.thaba.admin)
    someone.post("/logout")
    assert someone.client.get_cookie("session") is None
    assert someone.get("/login?news=signed-out").banners == ["You are signed out."]


def test_other_devices_stay_signed_in(browser, cast, sql):
    browser.post("/login", {"email": cast.thaba.admin.email, "password": "password123"})
    browser.as_(cast.thaba.admin).post("/logout")
    assert browser.get("/dashboard/").status == 200


def test_it_takes_a_token(browser, cast):
    someone = browser.as_(cast.thaba.admin)
    assert someone.post("/logout", token=False).status == 400
    assert someone.get("/dashboard/").status == 200


def test_a_link_does_not_sign_out(browser, cast):
    assert browser.as_(cast.thaba.admin).get("/logout").status == 405


def test_a_form_of_another_school_still_signs_out(browser, cast):
    assert browser.as_(cast.multi).post("/logout", {"_school": "2"}).status == 303
