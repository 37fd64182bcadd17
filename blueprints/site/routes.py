"""/site/settings/: how the website looks, its languages, whether it is online."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.audit.record import current_actor
from app.domain.site import publishing
from app.domain.site.drafting import begin, keep, the_site
from app.domain.site.editing import EditError, Unfit, change_settings
from app.domain.site.looks import TEMPLATES
from app.domain.site.publishing import NotPublished
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.web.page import render
from blueprints.site.forms import SettingsForm, WhyForm
from blueprints.site.here import CHANGED, Answer, Here, here, print_of, public_url, too_late
from blueprints.site.words import lines

pages = Blueprint("site", __name__, url_prefix="/site", template_folder="templates")


@pages.route("/settings/", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def edit_settings() -> Answer:
    if the_site() is None:
        return render("site/begin.html", heading="settings")
    now = here()
    form = SettingsForm(now.draft, seen=_seen(now))
    if not form.validate_on_submit():
        return _settings_page(now, form)
    if form.seen.data != _seen(now):
        form.seen.data = _seen(now)
        return _settings_page(now, form, changed=speech().gettext(CHANGED))
    try:
        document = change_settings(now.draft, **form.values())
    except Unfit:
        form.template.errors = [speech().gettext("This does not fit the template: check the template key.")]
        return _settings_page(now, form)
    except EditError as fault:
        form.first.errors = [speech().gettext(fault.message)]
        return _settings_page(now, form)
    before, after = _told(now), {name: str(value) for name, value in form.values().items()}
    if keep(now.site, document, "site.change_settings", label=public_url(), by=current_actor(), before=before, after=after):
        flash(speech().gettext("The draft is saved. Visitors see it once you publish it."), "ok")
    else:
        flash(speech().gettext("Nothing was changed."), "info")
    return redirect(url_for(".edit_settings"), 303)


@pages.post("/begin")
@allow(Permission.SITE_MANAGE)
def begin_site() -> Answer:
    begin(by=current_actor())
    flash(speech().gettext("Your website has begun, with an empty home page. Nobody sees it until you publish it."), "ok")
    return redirect(url_for("site_builder.show_pages"), 303)


@pages.route("/settings/offline", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def take_offline() -> Answer:
    demand_step_up(back=url_for(".take_offline"))
    now, form = here(), WhyForm()
    if not form.validate_on_submit():
        page = render("site/offline.html", form=form, site=now.site, address=public_url())
        return (page, 422) if form.problems else page
    if publishing.take_offline(now.site, why=form.why.data or "", by=current_actor()):
        flash(speech().gettext("The website is offline. Its pages answer as if there were none."), "ok")
    return redirect(url_for(".edit_settings"), 303)


@pages.post("/settings/online")
@allow(Permission.SITE_MANAGE)
def put_online() -> Answer:
    try:
        if publishing.put_online(here().site, by=current_actor()):
            flash(speech().gettext("The website is online again."), "ok")
    except NotPublished as fault:
        return too_late(fault.message, ".edit_settings")
    return redirect(url_for(".edit_settings"), 303)


def _settings_page(now: Here, form: SettingsForm, *, changed: str = "") -> Answer:
    """The settings: as they are, with errors (422), or beside what somebody else has saved meanwhile (409)."""
    whole = [one for one in publishing.what_is_wrong(now.draft) if not one.page]
    page = render(
        "site/settings.html", form=form, site=now.site, draft=now.draft, languages=LANGUAGES, address=public_url(),
        found=lines(now.draft, whole), changed=changed, saved=_told(now) if changed else {},
        hints={key: speech().gettext(one.hint) for key, one in TEMPLATES.items()},
    )  # fmt: skip
    return (page, 409) if changed else (page, 422) if form.problems else page


def _told(now: Here) -> dict[str, str]:
    """The settings of the draft, as an event of the log has them."""
    data = now.draft.as_dict()
    return {name: str(value) for name, value in data.items() if name not in ("pages", "format")}


def _seen(now: Here) -> str:
    return print_of(_told(now))
