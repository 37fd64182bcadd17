"""What the audit log calls what is done with the website and the events of a school: part of `words`."""

from __future__ import annotations

from app.i18n.catalogue import N_

#: action -> words
ACTIONS = {
    "site.begin": N_("Began the website"),
    "site.change_settings": N_("Changed the settings of the website"),
    "site.add_page": N_("Added a page to the website"),
    "site.change_page": N_("Changed the name or the address of a page"),
    "site.move_page": N_("Moved a page of the website"),
    "site.remove_page": N_("Removed a page from the draft of the website"),
    "site.add_block": N_("Added a block to a page"),
    "site.change_block": N_("Changed a block of a page"),
    "site.move_block": N_("Moved a block of a page"),
    "site.copy_block": N_("Copied a block of a page"),
    "site.remove_block": N_("Removed a block from a page"),
    "site.put_back": N_("Put a part of the website back"),
    "site.publish": N_("Published the website"),
    "site.roll_back": N_("Rolled the website back"),
    "site.take_draft_from": N_("Made an old version the draft of the website"),
    "site.take_offline": N_("Took the website offline"),
    "site.put_online": N_("Put the website online"),
    "site.add_picture": N_("Added a picture"),
    "site.describe_picture": N_("Changed the description of a picture"),
    "site.remove_picture": N_("Removed a picture"),
    "site.add_event": N_("Added an event"),
    "site.change_event": N_("Changed an event"),
    "site.remove_event": N_("Removed an event"),
    "site.restore_event": N_("Restored an event"),
    "site.share_preview": N_("Made a preview link"),
    "site.end_preview": N_("Ended a preview link"),
}
#: kind of target -> the endpoint that shows it
PAGES = {"site_picture": "site_pictures.edit_picture", "school_event": "site_events.edit_event"}
#: kind of target -> what those are called in a filter
KINDS = {
    "site": N_("Website"),
    "site_picture": N_("Pictures of the website"),
    "school_event": N_("Events of the school"),
    "site_preview": N_("Preview links"),
}
#: the first part of an action -> what the area is called
AREAS = {"site": N_("Website")}
