"""The school itself: learners, families, classes, the calendar, registers, the gate, roster imports, billable months."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.tenancy.walls import ALL

revision = "0004"
down_revision = "0003"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
NEW_ID = sa.text("uuid7()")
JSON = postgresql.JSONB()
NO, YES = sa.text("false"), sa.text("true")
NAME_PARTS = r"^(.+?)\s+((?:(?:da|de|del|den|der|di|dos|du|el|janse|la|le|van|von)\s+)*\S+)$"
# Whoever was a learner before there were profiles gets one: the surname is the last word, with its particles.
PROFILES = f"""
INSERT INTO learner (school_id, id, first_name, last_name, status, left_on)
SELECT p.school_id, p.id, coalesce(n[1], p.name), coalesce(n[2], ''),
    CASE WHEN p.ended_at IS NULL THEN 'enrolled' ELSE 'left' END, p.ended_at::date
FROM person p LEFT JOIN LATERAL regexp_match(p.name, '{NAME_PARTS}', 'i') n ON true WHERE p.kind = 'learner'
"""
# What people are searched by, kept by the database itself: whatever writes a person or a learner, the words are in step.
WORDS = r"""
CREATE FUNCTION search_words(VARIADIC texts text[]) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT DISTINCT word FROM unnest(texts) one,
        regexp_split_to_table(
            regexp_replace(lower(normalize(one, NFKD)), '[\u0300-\u036f''’ʼ`]', '', 'g'), '[\s!-/:-@\[-`{-~]+'
        ) word
    WHERE word <> ''
$$;
CREATE FUNCTION keep_person_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF TG_TABLE_NAME = 'person' THEN
            changed := ARRAY(
                SELECT f.id FROM fresh f JOIN stale s USING (school_id, id)
                WHERE (f.name, f.phone, f.email) IS DISTINCT FROM (s.name, s.phone, s.email)
            );
        ELSE
            changed := ARRAY(
                SELECT f.id FROM fresh f JOIN stale s USING (school_id, id)
                WHERE (f.first_name, f.last_name, f.known_as, f.number)
                    IS DISTINCT FROM (s.first_name, s.last_name, s.known_as, s.number)
            );
        END IF;
        IF changed = '{}' THEN
            RETURN NULL;
        END IF;
        DELETE FROM person_word w USING fresh f
        WHERE w.school_id = f.school_id AND w.person_id = f.id AND f.id = ANY (changed);
    END IF;
    INSERT INTO person_word (school_id, person_id, word)
    SELECT f.school_id, f.id, word
    FROM fresh f JOIN person p ON p.school_id = f.school_id AND p.id = f.id
    LEFT JOIN learner l ON l.school_id = f.school_id AND l.id = f.id,
    LATERAL (
        SELECT search_words(p.name, l.known_as, l.number, l.first_name, l.last_name) AS word
        UNION SELECT lower(p.email) WHERE p.email IS NOT NULL
        UNION SELECT substr(p.phone, 2) WHERE p.phone IS NOT NULL
        UNION SELECT '0' || substr(p.phone, 4) WHERE p.phone LIKE '+27%'
    ) found
    WHERE TG_OP = 'INSERT' OR f.id = ANY (changed)
    ON CONFLICT (school_id, word, person_id) DO NOTHING;
    RETURN NULL;
END
$$;
"""
WORD_TRIGGERS = """
CREATE TRIGGER words_of_new AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION keep_person_words();
CREATE TRIGGER words_of_changed AFTER UPDATE ON {table} REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION keep_person_words();
"""
OLD_WORDS = """
INSERT INTO person_word (school_id, person_id, word)
SELECT p.school_id, p.id, word FROM person p, LATERAL (
    SELECT search_words(p.name) AS word
    UNION SELECT lower(p.email) WHERE p.email IS NOT NULL
    UNION SELECT substr(p.phone, 2) WHERE p.phone IS NOT NULL
    UNION SELECT '0' || substr(p.phone, 4) WHERE p.phone LIKE '+27%'
) found ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    _console()
    _settings()
    _people()
    _calendar()
    _classes()
    _attendance()
    _gate()
    _imports()
    _emergencies()
    _reports()
    _billable()


def _tenant(table: str, *columns: sa.Column[object] | sa.Constraint, rights: str = ALL, platform_rights: str = ALL) -> None:
    op.create_table(
        table,
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=NEW_ID if table in OWN_IDS else None, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table(table, rights=rights, platform_rights=platform_rights)


#: tables that the database fills itself, or in bulk
OWN_IDS = (
    "person_word",
    "attendance_mark",
    "attendance_event",
    "emergency_person",
    "billable_learner",
    "billable_month",
    "roster_row",
)


def _of(column: str, table: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column], [f"{table}.school_id", f"{table}.id"], name=f"{column}_fkey", ondelete=ondelete
    )


def _created() -> sa.Column[object]:
    return sa.Column("created_at", MOMENT, server_default=NOW, nullable=False)


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def _uuid(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _console() -> None:
    """What the operator's console asks for since its own migration."""
    deeds = sa.text("action <> 'tenancy.crossed'")
    op.create_index("platform_event_deeds", "platform_event", [sa.literal_column("at DESC")], postgresql_where=deeds)
    op.create_index("platform_event_deeds_by_actor", "platform_event", ["actor_id", "at"], postgresql_where=deeds)
    op.create_index("school_newest", "school", [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")])
    op.add_column("onboarding_run", sa.Column("resumed_by", sa.Uuid(), nullable=True))
    op.create_foreign_key("onboarding_run_resumed_by_fkey", "onboarding_run", "app_user", ["resumed_by"], ["id"])


def _settings() -> None:
    op.add_column("school", sa.Column("absence_alerts", sa.Boolean(), server_default=YES, nullable=False))
    op.add_column("school", sa.Column("alert_minutes", sa.Integer(), server_default=sa.text("10"), nullable=False))
    op.add_column("school", sa.Column("pickup_minutes", sa.Integer(), server_default=sa.text("30"), nullable=False))
    op.add_column("school", sa.Column("lock_days", sa.Integer(), server_default=sa.text("7"), nullable=False))
    op.add_column("membership", sa.Column("reads_medical", sa.Boolean(), server_default=NO, nullable=False))
    op.execute("GRANT UPDATE (absence_alerts, alert_minutes, pickup_minutes, lock_days) ON school TO umthi_app")
    op.execute("GRANT DELETE ON person TO umthi_app")  # an import that is undone leaves nobody behind
    op.add_column("person", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.create_foreign_key("merged_into_fkey", "person", "person", ["school_id", "merged_into"], ["school_id", "id"])


def _people() -> None:
    _tenant(
        "learner",
        _text("number", nullable=True),
        _text("first_name"),
        _text("last_name"),
        _text("known_as", nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        _text("photo_consent", default="unknown"),
        sa.Column("photo_consent_at", MOMENT, nullable=True),
        _text("status", default="enrolled"),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column(
            "card_code",
            sa.Text(),
            server_default=sa.text("upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 12))"),
            nullable=False,
        ),
        sa.CheckConstraint("photo_consent IN ('unknown', 'given', 'refused')", name="learner_photo_consent"),
        sa.CheckConstraint("status IN ('applied', 'enrolled', 'left')", name="learner_status"),
        _of("id", "person"),
        sa.UniqueConstraint("school_id", "card_code", name="learner_card"),
    )
    op.create_index(
        "learner_number", "learner", ["school_id", "number"], unique=True, postgresql_where=sa.text("number IS NOT NULL")
    )
    _tenant(
        "medical_note",
        _uuid("learner_id"),
        _text("note"),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        _text("updated_by"),
        _of("learner_id", "learner"),
        sa.UniqueConstraint("school_id", "learner_id", name="medical_note_once"),
    )
    _tenant(
        "guardianship",
        _uuid("guardian_id"),
        _uuid("learner_id"),
        _text("relation", default="guardian"),
        sa.Column("may_collect", sa.Boolean(), server_default=YES, nullable=False),
        sa.Column("no_contact", sa.Boolean(), server_default=NO, nullable=False),
        sa.Column("hears_attendance", sa.Boolean(), server_default=YES, nullable=False),
        sa.Column("hears_notices", sa.Boolean(), server_default=YES, nullable=False),
        sa.Column("hears_billing", sa.Boolean(), server_default=NO, nullable=False),
        _created(),
        _of("guardian_id", "person"),
        _of("learner_id", "learner"),
        sa.UniqueConstraint("school_id", "learner_id", "guardian_id", name="guardianship_once"),
    )
    op.create_index("guardianship_of_guardian", "guardianship", ["school_id", "guardian_id"])
    _tenant(
        "person_word",
        _uuid("person_id"),
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        _of("person_id", "person", ondelete="CASCADE"),
        sa.UniqueConstraint("school_id", "word", "person_id", name="person_word_once"),
    )
    op.create_index("person_word_of_person", "person_word", ["school_id", "person_id"])
    op.create_index(  # what was done about somebody stands on their page
        "audit_event_of_person", "audit_event", ["school_id", "target_id", sa.literal_column("seq DESC")],
        postgresql_where=sa.text("target_kind = 'person'"),
    )  # fmt: skip
    op.execute(WORDS)
    connection = op.get_bind()
    connection.execute(sa.text("SET LOCAL ROLE umthi_platform"))
    connection.execute(sa.text(PROFILES.replace(":", r"\:")))
    connection.execute(sa.text(OLD_WORDS))
    connection.execute(sa.text("RESET ROLE"))
    for table in ("person", "learner"):
        op.execute(WORD_TRIGGERS.format(table=table))


def _calendar() -> None:
    _tenant(
        "term",
        _text("name"),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name="term_order"),
        sa.UniqueConstraint("school_id", "starts_on", name="term_start"),
    )
    _tenant(
        "day_off",
        sa.Column("on_date", sa.Date(), nullable=False),
        _text("name"),
        sa.Column("is_open", sa.Boolean(), server_default=NO, nullable=False),
        sa.UniqueConstraint("school_id", "on_date", name="day_off_once"),
    )


def _classes() -> None:
    _tenant(
        "class_group",
        _text("name"),
        _text("sort_key"),
        _text("grade", nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("is_register", sa.Boolean(), server_default=YES, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        _created(),
        sa.Column("ended_at", MOMENT, nullable=True),
        _uuid("came_from", nullable=True),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name="class_group_capacity"),
        _of("came_from", "class_group"),
    )
    op.create_index(
        "class_group_name", "class_group", ["school_id", "year", "sort_key"], unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip
    _tenant(
        "class_teacher",
        _uuid("class_id"),
        _uuid("person_id"),
        _of("class_id", "class_group"),
        _of("person_id", "person"),
        sa.UniqueConstraint("school_id", "class_id", "person_id", name="class_teacher_once"),
    )
    op.create_index("class_teacher_of_person", "class_teacher", ["school_id", "person_id"])
    _tenant(
        "meeting_time",
        _uuid("class_id"),
        sa.Column("weekdays", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("every_weeks", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        _text("room", nullable=True),
        _created(),
        sa.CheckConstraint("starts_at < ends_at", name="meeting_time_order"),
        sa.CheckConstraint("every_weeks BETWEEN 1 AND 8", name="meeting_time_weeks"),
        _of("class_id", "class_group"),
    )
    op.create_index("meeting_time_of_class", "meeting_time", ["school_id", "class_id"])
    _tenant(
        "class_session",
        _uuid("class_id"),
        _uuid("meeting_id", nullable=True),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        _text("room", nullable=True),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        _text("cancelled_why", nullable=True),
        _uuid("moved_to", nullable=True),
        _of("class_id", "class_group"),
        _of("moved_to", "class_session", ondelete="SET NULL (moved_to)"),
        _of("meeting_id", "meeting_time", ondelete="SET NULL (meeting_id)"),
        sa.UniqueConstraint("school_id", "class_id", "starts_at", name="class_session_once"),
    )
    op.create_index("class_session_by_day", "class_session", ["school_id", "on_date"])
    _tenant(
        "enrolment",
        _uuid("learner_id"),
        _uuid("class_id"),
        _text("state", default="active"),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        _created(),
        sa.CheckConstraint("state IN ('waiting', 'active')", name="enrolment_state"),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name="enrolment_order"),
        _of("learner_id", "learner"),
        _of("class_id", "class_group"),
    )
    op.create_index(
        "enrolment_once", "enrolment", ["school_id", "learner_id", "class_id"], unique=True,
        postgresql_where=sa.text("ends_on IS NULL"),
    )  # fmt: skip
    op.create_index("enrolment_of_class", "enrolment", ["school_id", "class_id", "starts_on"])
    op.create_index("enrolment_of_learner", "enrolment", ["school_id", "learner_id", "starts_on"])
    _tenant(
        "roll_over",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("made_at", MOMENT, server_default=NOW, nullable=False),
        _text("made_by"),
        sa.Column("undone_at", MOMENT, nullable=True),
        *(
            sa.Column(name, postgresql.ARRAY(sa.Uuid()), nullable=False)
            for name in ("made_classes", "ended_classes", "made_enrolments", "ended_enrolments", "leavers")
        ),
        sa.CheckConstraint("last_day < first_day", name="roll_over_order"),
        rights="SELECT, INSERT, UPDATE",
    )
    op.create_index(
        "roll_over_once", "roll_over", ["school_id", "year"], unique=True, postgresql_where=sa.text("undone_at IS NULL")
    )
    for table in ("notice", "message"):
        op.add_column(table, sa.Column("class_id", sa.Uuid(), nullable=True))
        op.create_foreign_key("class_id_fkey", table, "class_group", ["school_id", "class_id"], ["school_id", "id"])


def _attendance() -> None:
    def mark() -> list[sa.Column[object]]:
        return [
            _text("status"),
            _text("reason", nullable=True),
            sa.Column("minutes", sa.Integer(), nullable=True),
            _text("note", nullable=True),
            sa.Column("at", MOMENT, server_default=NOW, nullable=False),
            _uuid("by_id", nullable=True),
            _text("by_name"),
        ]

    _tenant(
        "register",
        _uuid("class_id"),
        _uuid("session_id", nullable=True),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("first_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("saved_at", MOMENT, server_default=NOW, nullable=False),
        _uuid("saved_by", nullable=True),
        _text("saved_name"),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        _of("class_id", "class_group"),
        _of("session_id", "class_session"),
        sa.UniqueConstraint(
            "school_id", "class_id", "on_date", "session_id", name="register_once", postgresql_nulls_not_distinct=True
        ),
        rights="SELECT, INSERT, UPDATE",
    )
    op.create_index("register_by_day", "register", ["school_id", "on_date"])
    _tenant(
        "attendance_mark",
        _uuid("register_id"),
        _uuid("learner_id"),
        sa.Column("on_date", sa.Date(), nullable=False),
        *mark(),
        sa.CheckConstraint("status IN ('present', 'late', 'absent')", name="attendance_mark_status"),
        _of("register_id", "register"),
        _of("learner_id", "learner"),
        sa.UniqueConstraint("school_id", "register_id", "learner_id", name="attendance_mark_once"),
        rights="SELECT, INSERT, UPDATE",
    )
    op.create_index("attendance_mark_of_learner", "attendance_mark", ["school_id", "learner_id", "on_date"])
    op.create_index("attendance_mark_by_day", "attendance_mark", ["school_id", "on_date", "status"])
    _tenant(
        "attendance_event",
        _uuid("register_id"),
        _uuid("learner_id"),
        *mark(),
        _text("why", nullable=True),
        _of("register_id", "register"),
        _of("learner_id", "learner"),
        rights="SELECT, INSERT",
        platform_rights="SELECT, INSERT",
    )
    op.create_index("attendance_event_of_learner", "attendance_event", ["school_id", "learner_id", "register_id", "at"])
    op.create_index("attendance_event_of_register", "attendance_event", ["school_id", "register_id", "at"])
    _tenant(
        "absence_report",
        _uuid("learner_id"),
        _uuid("person_id"),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        _text("reason"),
        _text("note", nullable=True),
        _text("state", default="waiting"),
        _created(),
        sa.Column("decided_at", MOMENT, nullable=True),
        _text("decided_by", nullable=True),
        _text("answer", nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name="absence_report_state"),
        sa.CheckConstraint("from_on <= until_on", name="absence_report_order"),
        _of("learner_id", "learner"),
        _of("person_id", "person"),
        rights="SELECT, INSERT, UPDATE",
    )
    op.create_index("absence_report_of_learner", "absence_report", ["school_id", "learner_id", "from_on"])
    op.create_index("absence_report_by_state", "absence_report", ["school_id", "state", "from_on"])
    _tenant(
        "absence_alert",
        _uuid("learner_id"),
        _uuid("register_id"),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        _text("state", default="waiting"),
        _text("why", nullable=True),
        _created(),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("followed_up_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'withheld', 'undone')", name="absence_alert_state"),
        _of("learner_id", "learner"),
        _of("register_id", "register"),
        sa.UniqueConstraint("school_id", "learner_id", "on_date", name="absence_alert_once"),
        rights="SELECT, INSERT, UPDATE",
    )
    op.create_index(
        "absence_alert_waiting", "absence_alert", ["school_id", "due_at"], postgresql_where=sa.text("state = 'waiting'")
    )


def _gate() -> None:
    _tenant(
        "gate_scan",
        _text("code"),
        _uuid("learner_id", nullable=True),
        sa.Column("scanned_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        _text("direction"),
        sa.Column("was_offline", sa.Boolean(), server_default=NO, nullable=False),
        _uuid("by_id", nullable=True),
        _text("by_name"),
        sa.CheckConstraint("direction IN ('in', 'out', 'repeat', 'unknown')", name="gate_scan_direction"),
        _of("learner_id", "learner"),
        rights="SELECT, INSERT, UPDATE",
    )
    op.create_index("gate_scan_of_learner", "gate_scan", ["school_id", "learner_id", "on_date", "scanned_at"])
    op.create_index("gate_scan_by_time", "gate_scan", ["school_id", sa.literal_column("scanned_at DESC")])
    op.create_index("gate_scan_received", "gate_scan", ["received_at"], postgresql_using="brin")
    _tenant(
        "gate_state",
        sa.Column("on_site", sa.Boolean(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        _of("id", "learner"),
    )
    op.create_index("gate_state_on_site", "gate_state", ["school_id", "on_date"], postgresql_where=sa.text("on_site"))


def _imports() -> None:
    _tenant(
        "roster_import",
        _text("file_name"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        _text("format"),
        _text("encoding", nullable=True),
        _text("delimiter", nullable=True),
        sa.Column("header", JSON, nullable=False),
        sa.Column("mapping", JSON, nullable=False),
        sa.Column("options", JSON, server_default=sa.text("'{}'"), nullable=False),
        _text("state"),
        sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("counts", JSON, server_default=sa.text("'{}'"), nullable=False),
        _text("error", nullable=True),
        _uuid("by_id", nullable=True),
        _text("by_name"),
        _created(),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("moved_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('mapping', 'checking', 'checked', 'running', 'done', 'failed', 'undoing', 'undone', 'dropped')",
            name="roster_import_state",
        ),
    )
    op.create_index("roster_import_newest", "roster_import", ["school_id", sa.literal_column("id DESC")])
    op.create_index(
        "roster_import_going", "roster_import", ["moved_at"],
        postgresql_where=sa.text("state IN ('checking', 'running', 'undoing', 'failed')"),
    )  # fmt: skip
    _tenant(
        "roster_row",
        _uuid("import_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", JSON, nullable=False),
        _text("result", default="new"),
        sa.Column("problems", JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("plan", JSON, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("undo", JSON, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        _of("import_id", "roster_import", ondelete="CASCADE"),
        sa.UniqueConstraint("school_id", "import_id", "number", name="roster_row_once"),
    )
    op.create_index("roster_row_of_result", "roster_row", ["school_id", "import_id", "result", "number"])
    _tenant(
        "column_mapping",
        sa.Column("header_key", sa.LargeBinary(), nullable=False),
        sa.Column("mapping", JSON, nullable=False),
        sa.Column("used_at", MOMENT, server_default=NOW, nullable=False),
        sa.UniqueConstraint("school_id", "header_key", name="column_mapping_once"),
    )


def _emergencies() -> None:
    _tenant(
        "emergency",
        sa.Column("title", JSON, nullable=False),
        sa.Column("message", JSON, nullable=False),
        _text("audience"),
        _uuid("message_id"),
        _uuid("by_id", nullable=True),
        _text("by_name"),
        _created(),
        sa.Column("ended_at", MOMENT, nullable=True),
        _text("ended_how", nullable=True),
        _text("ended_by", nullable=True),
        _uuid("end_message_id", nullable=True),
        sa.CheckConstraint("ended_how IN ('all_clear', 'cancelled')", name="emergency_ended_how"),
        _of("message_id", "message"),
        _of("end_message_id", "message"),
        rights="SELECT, INSERT, UPDATE",
    )
    op.create_index("emergency_newest", "emergency", ["school_id", sa.literal_column("id DESC")])
    _tenant(
        "emergency_person",
        _uuid("emergency_id"),
        _uuid("person_id"),
        sa.Column("was_on_site", sa.Boolean(), server_default=NO, nullable=False),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        _text("acknowledged_by", nullable=True),
        _of("emergency_id", "emergency"),
        _of("person_id", "person"),
        sa.UniqueConstraint("school_id", "emergency_id", "person_id", name="emergency_person_once"),
        rights="SELECT, INSERT, UPDATE",
    )


def _reports() -> None:
    _tenant(
        "report",
        _text("kind"),
        _text("name"),
        sa.Column("choice", JSON, nullable=False),
        _text("state", default="running"),
        sa.Column("is_saved", sa.Boolean(), server_default=NO, nullable=False),
        sa.Column("rows", JSON, nullable=True),
        _text("error", nullable=True),
        _uuid("by_id", nullable=True),
        _text("by_name"),
        _created(),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name="report_state"),
    )
    op.create_index("report_newest", "report", ["school_id", sa.literal_column("id DESC")])


def _billable() -> None:
    """What is frozen nobody changes: the platform reads and adds, and its schools do not see it."""
    once = "SELECT, INSERT"
    _tenant(
        "billable_month",
        sa.Column("month", sa.Date(), nullable=False),
        _text("name"),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("learners", sa.Integer(), nullable=False),
        sa.Column("adjustment", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("frozen_at", MOMENT, server_default=NOW, nullable=False),
        sa.UniqueConstraint("school_id", "month", name="billable_month_once"),
        rights="",
        platform_rights=once,
    )
    op.create_index(
        "billable_month_of_all", "billable_month", ["month", "name_key", "school_id"],
        postgresql_include=["learners", "adjustment"],
    )  # fmt: skip
    _tenant(
        "billable_learner",
        sa.Column("month", sa.Date(), nullable=False),
        _uuid("learner_id"),
        _text("number", nullable=True),
        _text("kind"),
        sa.Column("about", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('counted', 'added', 'removed')", name="billable_learner_kind"),
        sa.UniqueConstraint("school_id", "month", "about", "learner_id", name="billable_learner_once"),
        rights="",
        platform_rights=once,
    )
    op.create_table(
        "billable_report",
        sa.Column("month", sa.Date(), primary_key=True),
        sa.Column("schools", sa.Integer(), nullable=False),
        sa.Column("learners", sa.Integer(), nullable=False),
        sa.Column("adjustment", sa.Integer(), nullable=False),
        sa.Column("csv", sa.LargeBinary(), nullable=False),
        _text("sha256"),
        sa.Column("closed_at", MOMENT, server_default=NOW, nullable=False),
    )
    op.platform_table("billable_report", platform=once)


def downgrade() -> None:
    for table in ("person", "learner"):
        for trigger in ("words_of_new", "words_of_changed"):
            op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for table in ("notice", "message"):
        op.drop_constraint("class_id_fkey", table)
        op.drop_column(table, "class_id")
    for table in (
        "billable_report", "billable_learner", "billable_month", "report", "emergency_person", "emergency", "column_mapping", "roster_row", "roster_import", "gate_state", "gate_scan",
        "absence_alert", "absence_report", "attendance_event", "attendance_mark", "register", "roll_over", "enrolment", "class_session",
        "meeting_time", "class_teacher", "class_group", "day_off", "term", "person_word", "guardianship", "medical_note",
        "learner",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_index("audit_event_of_person", "audit_event")
    op.execute("DROP FUNCTION keep_person_words()")
    op.execute("DROP FUNCTION search_words(text[])")
    op.execute("REVOKE DELETE ON person FROM umthi_app")
    op.drop_constraint("merged_into_fkey", "person")
    op.drop_column("person", "merged_into")
    op.drop_column("membership", "reads_medical")
    for column in ("absence_alerts", "alert_minutes", "pickup_minutes", "lock_days"):
        op.drop_column("school", column)
    op.drop_column("onboarding_run", "resumed_by")
    op.drop_index("school_newest", "school")
    op.drop_index("platform_event_deeds_by_actor", "platform_event")
    op.drop_index("platform_event_deeds", "platform_event")
