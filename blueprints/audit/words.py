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
    "settings.change": N_("Changed the settings of the school"),
    "settings.connect_gateway": N_("Connected a gateway"),
    "settings.disconnect_gateway": N_("Disconnected a gateway"),
    "settings.test_gateway": N_("Tried out a gateway"),
    "settings.check_providers": N_("Had the providers checked"),
    "deliveries.retry": N_("Had a failed message sent again"),
    "deliveries.retry_all": N_("Had all failed messages of a reason sent again"),
    "deliveries.discard": N_("Discarded failed messages"),
    "people.mend_address": N_("Mended an address"),
    "deliveries.bounce": N_("A mail came back"),
    "exports.download": N_("Downloaded an export"),
    "contact.choose": N_("Chose how the school reaches them"),
    "contact.subscribe_device": N_("Let a device show notifications"),
    "contact.renew_device": N_("A device has a new address for its notifications"),
    "contact.remove_device": N_("Removed a device for notifications"),
    "contact.prove_push": N_("A device confirmed the first app notification"),
    "contact.unsubscribe": N_("Unsubscribed from email that is not urgent"),
    "contact.resubscribe": N_("Subscribed to email again"),
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
