"""What the audit log calls what it finds: actions, those who are nobody's user, and the pages of what was acted on."""

from __future__ import annotations

from app.i18n.catalogue import N_

#: the areas of a filter, by the first part of an action's code; `other` is whatever the ones before it do not name
AREAS = ("notices", "other")
#: action -> words; a code that is not here is shown as it is
ACTIONS = {
    "notices.schedule": N_("Scheduled a notice"),
    "notices.edit": N_("Edited a notice"),
    "notices.remove": N_("Removed a notice"),
    "notices.restore": N_("Restored a notice"),
    "notices.send": N_("Sent a notice"),
    "notices.send_test": N_("Sent a test of a notice"),
}
#: kind of actor -> words, for users whose name was erased and for what is nobody: a job's or a command's name is no person's
ACTORS = {
    "user": N_("Name erased"),
    "visitor": N_("Somebody who was not signed in"),
    "job": N_("Umthi, by itself"),
    "command": N_("An operator, from the command line"),
    "system": N_("Umthi, by itself"),
}
#: kind of target -> the endpoint that shows it
PAGES = {"notice": "notices.show_notice"}
