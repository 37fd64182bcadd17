"""What archives and their parts are called, and why one could not be made."""

from __future__ import annotations

from app.i18n.catalogue import N_
from app.i18n.speech import speech

LABEL = N_("Everything of the school")
#: Archive.error -> what people are told
ERRORS = {
    "disk": N_("There was no room on the disk. Nothing was kept; try again later."),
    "revoked": N_("Whoever asked for it may not take the school’s data out any more."),
    "suspended": N_("The school was suspended meanwhile."),
    "lost": N_("It was begun several times and never came to its end. Try again later."),
    "fault": N_("Something went wrong on our side. Nothing was kept; try again later."),
}
#: a part of an archive -> what people call it; one that is not here is called by its name in the file
PARTS = {
    "school": N_("Settings of the school"),
    "person": N_("People"),
    "learner": N_("Learners"),
    "guardianship": N_("Parents and guardians of learners"),
    "medical_note": N_("Medical notes"),
    "membership": N_("Roles at the school"),
    "contact_preference": N_("Contact preferences"),
    "class_group": N_("Classes"),
    "class_teacher": N_("Teachers of classes"),
    "enrolment": N_("Enrolments"),
    "meeting_time": N_("Meeting times"),
    "class_session": N_("Lessons"),
    "term": N_("Terms"),
    "day_off": N_("Days off"),
    "roll_over": N_("Beginnings of school years"),
    "register": N_("Registers"),
    "attendance_mark": N_("Attendance"),
    "attendance_event": N_("History of attendance"),
    "absence_report": N_("Absences that families reported"),
    "absence_alert": N_("Alerts of absences"),
    "gate_scan": N_("Scans at the gate"),
    "gate_state": N_("Who is on site"),
    "notice": N_("Notices"),
    "message": N_("Messages"),
    "message_text": N_("Texts of messages"),
    "emergency": N_("Emergencies"),
    "emergency_person": N_("People in emergencies"),
    "report": N_("Reports"),
    "column_mapping": N_("Columns of imported files"),
    "school_logo": N_("Logo"),
    "accounts": N_("Names and addresses of accounts"),
    "delivery": N_("Deliveries"),
    "attempt": N_("Attempts of deliveries"),
    "invitation": N_("Invitations"),
    "outbox": N_("Work that was done"),
    "roster_import": N_("Roster imports"),
    "roster_row": N_("Rows of roster imports"),
    "support_visit": N_("Support visits"),
    "sessions": N_("Sessions"),
    "audit": N_("Audit log with its seals"),
    "audit_waiting": N_("Audit events that waited for their seal"),
}  # fmt: skip


def called(part: str) -> str:
    """What a part is called in the reader's language."""
    return speech().gettext(PARTS[part]) if part in PARTS else part
