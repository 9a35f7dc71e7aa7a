CREATE TABLE lectures (
    id uuid NOT NULL PRIMARY KEY,
    -- The canonical one.
    url text NOT NULL UNIQUE,
    course text,
    title text,
    -- Learners who have finished it so far; those who were erased since are still counted.
    finishers integer NOT NULL DEFAULT 0
);

CREATE TABLE watch_sessions (
    id uuid NOT NULL PRIMARY KEY,
    learner_id uuid NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    lecture_id uuid REFERENCES lectures (id) ON DELETE SET NULL,
    -- What the lecture was called then and there: what others call it is not shown to this learner.
    course text,
    title text,
    -- How long the lecture is, as the client's player says; null when it did not.
    duration_seconds double precision,
    started_ms bigint NOT NULL,
    -- Null while it lasts.
    ended_ms bigint,
    end_reason text CONSTRAINT session_end_reason CHECK (end_reason IN ('end', 'lost', 'restart', 'crash')),
    -- How much of the lecture was played; null when the client did not say.
    lecture_seconds double precision,
    -- Of the learner's sessions of this lecture the one that was finished first, as the so-manieth learner's; null for others.
    finisher integer,
    preset text NOT NULL CONSTRAINT session_preset CHECK (preset IN ('default', 'classic', 'strict')),
    CONSTRAINT session_end CHECK ((ended_ms IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sessions_of_learner ON watch_sessions (learner_id, started_ms);
CREATE INDEX sessions_of_lecture ON watch_sessions (lecture_id, started_ms);
CREATE INDEX sessions_open ON watch_sessions (started_ms) WHERE ended_ms IS NULL;

CREATE TABLE attention_events (
    session_id uuid NOT NULL REFERENCES watch_sessions (id) ON DELETE CASCADE,
    -- 1, 2, ... per session.
    number integer NOT NULL,
    kind text NOT NULL CONSTRAINT event_kind
        CHECK (kind IN ('eyes_closed', 'drowsy', 'absent', 'slumped', 'looking_away', 'yawning')),
    -- The onset, not the alarm.
    started_ms bigint NOT NULL,
    -- Null while it lasts.
    ended_ms bigint,
    -- The loudest alert that it led to.
    peak text NOT NULL CONSTRAINT event_peak CHECK (peak IN ('note', 'cue', 'pre_alarm', 'alarm')),
    -- Where the lecture was at the onset; null when the client did not say.
    lecture_seconds double precision,
    PRIMARY KEY (session_id, number)
);
-- For retention.
CREATE INDEX events_by_time ON attention_events (started_ms);
CREATE INDEX events_open ON attention_events (session_id) WHERE ended_ms IS NULL;

-- How many milliseconds of each minute of a session were spent in which state.
CREATE TABLE attention_minutes (
    session_id uuid NOT NULL REFERENCES watch_sessions (id) ON DELETE CASCADE,
    -- 0, 1, ... from the session's start.
    minute integer NOT NULL,
    attentive_ms integer NOT NULL,
    eyes_closed_ms integer NOT NULL,
    drowsy_ms integer NOT NULL,
    absent_ms integer NOT NULL,
    slumped_ms integer NOT NULL,
    looking_away_ms integer NOT NULL,
    unknown_ms integer NOT NULL,
    paused_ms integer NOT NULL,
    frames integer NOT NULL,
    -- Where the lecture was when the minute began; null when the client did not say.
    lecture_seconds double precision,
    PRIMARY KEY (session_id, minute),
    CONSTRAINT minute_counts_up CHECK (minute >= 0)
);
