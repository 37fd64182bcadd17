"""What the pages of leads call things."""

from __future__ import annotations

from app.i18n.catalogue import N_

HOWS = {
    "phone": N_("By telephone"),
    "email": N_("By email"),
    "message": N_("By text message or WhatsApp"),
    "person": N_("In person"),
}
UTM = {
    "source": N_("Where the link stood"),
    "medium": N_("Kind of link"),
    "campaign": N_("Campaign"),
    "term": N_("Words that were searched for"),
    "content": N_("Which link"),
}
DUES = {
    "today": N_("Due today"),
    "overdue": N_("Overdue"),
    "coming": N_("Due later"),
}
FIELDS = {
    "name": N_("Name"),
    "email": N_("Email address"),
    "phone": N_("Phone number"),
    "language": N_("Language"),
    "source": N_("How they came"),
    "child_name": N_("Name of the child"),
    "child_grade": N_("Grade"),
    "child_birth_date": N_("Date of birth"),
    "message": N_("What they asked"),
    "owner_id": N_("Looked after by"),
}
