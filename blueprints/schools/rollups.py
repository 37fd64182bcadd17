"""What workers count of the schools: how many are in each state, which the filter of the list shows, and how far each has come
with its classes, which 'View progress' does."""

from __future__ import annotations

from app.domain.rollups import Rollup
from blueprints.schools.queries import COUNTED

#: a school counts one for its state; whoever changes that, also past our own deeds, is noticed at the next look
STATES = Rollup(
    tuple(COUNTED.values()),
    "SELECT id, 'schools.' || state, 1, created_at FROM school WHERE id = ANY (%(schools)s)",
    changed="""
    SELECT s.id FROM school s
    LEFT JOIN metric m ON m.school_id = s.id AND m.name = 'schools.' || s.state AND m.number = 1 WHERE m.id IS NULL
    """,
)
# Who is enrolled, is there, and has a place in a class today, by the school's clock; and the classes that go on.
CLASSES = Rollup(
    ("people.active_learners", "people.classes"),
    """
    SELECT s.id, 'people.active_learners', count(DISTINCT e.learner_id), NULL::timestamptz
    FROM school s, LATERAL (SELECT timezone(s.timezone, now())::date AS day) today, enrolment e, learner l, person p
    WHERE s.id = ANY (%(schools)s) AND e.school_id = s.id AND e.state = 'active' AND e.starts_on <= today.day
        AND (e.ends_on IS NULL OR e.ends_on >= today.day) AND l.school_id = s.id AND l.id = e.learner_id
        AND l.status = 'enrolled' AND p.school_id = s.id AND p.id = e.learner_id AND p.ended_at IS NULL
    GROUP BY 1
    UNION ALL
    SELECT school_id, 'people.classes', count(*), NULL FROM class_group
    WHERE school_id = ANY (%(schools)s) AND ended_at IS NULL GROUP BY 1
    """,
)
