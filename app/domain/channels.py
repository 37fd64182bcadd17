"""On which channels a person can be reached, said once: as a piece of SQL that fan-out, previews and fallback share."""

from __future__ import annotations

# Of a `person p` with its `contact_preference c` (LEFT JOIN) and its `school s`; %(urgent)s is the message's.
#: whether this person may be written to at all: learners only where the school writes to them
IS_WRITTEN_TO = "(p.kind <> 'learner' OR s.writes_to_students)"
#: whether mail can go: an address, not known to be bad, and not unsubscribed from what is not urgent
BY_EMAIL = "(p.email IS NOT NULL AND p.email_flagged_at IS NULL AND (%(urgent)s OR c.unsubscribed_at IS NULL))"
#: whether there is a device, and the person has not put email before it (what is urgent goes there all the same)
BY_PUSH = """((%(urgent)s OR coalesce(c.push, true)) AND EXISTS (
    SELECT FROM push_subscription b WHERE b.school_id = p.school_id AND b.person_id = p.id))"""
#: whether there is a number that a gateway takes
BY_PHONE = r"(p.phone ~ '^\+[1-9][0-9]{6,14}\Z')"
#: `person p` with its preference and its school
PEOPLE = """person p JOIN school s ON s.id = p.school_id
    LEFT JOIN contact_preference c ON c.school_id = p.school_id AND c.person_id = p.id"""
#: of SQL with %(class)s: whether `p` has to do with that class today: a learner with a place in it,
#: a guardian of one who hears the school's notices, or a teacher of it; True where %(class)s is NULL
OF_CLASS = """(%(class)s::uuid IS NULL OR p.id IN (
    WITH placed AS (
        SELECT e.learner_id FROM enrolment e JOIN school z ON z.id = e.school_id
        WHERE e.school_id = %(school)s AND e.class_id = %(class)s::uuid AND e.state = 'active'
        AND e.starts_on <= (now() AT TIME ZONE z.timezone)::date
        AND (e.ends_on IS NULL OR e.ends_on >= (now() AT TIME ZONE z.timezone)::date)
    )
    SELECT learner_id FROM placed
    UNION ALL SELECT g.guardian_id FROM placed JOIN guardianship g USING (learner_id)
    WHERE g.school_id = %(school)s AND g.hears_notices AND NOT g.no_contact
    UNION ALL SELECT t.person_id FROM class_teacher t WHERE t.school_id = %(school)s AND t.class_id = %(class)s::uuid
))"""
#: all of them, for `Bulk(sql, **PIECES)`
PIECES = {
    "is_written_to": IS_WRITTEN_TO,
    "by_email": BY_EMAIL,
    "by_push": BY_PUSH,
    "by_phone": BY_PHONE,
    "people": PEOPLE,
    "of_class": OF_CLASS,
}
