-- Times are milliseconds since 1970 in UTC, in columns named ..._ms: one number that both databases compare alike.

CREATE TABLE learners (
    id uuid NOT NULL PRIMARY KEY,
    created_ms bigint NOT NULL,
    display_name text,
    -- Of the IANA database, as in Asia/Seoul: pages show times in it. Null: UTC.
    timezone text,
    kind text NOT NULL CONSTRAINT learner_kind CHECK (kind IN ('guest'))
);

-- One row each time somebody agreed.
CREATE TABLE consents (
    id uuid NOT NULL PRIMARY KEY,
    learner_id uuid NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    -- Which version of the text was agreed to.
    text_version text NOT NULL,
    given_ms bigint NOT NULL,
    withdrawn_ms bigint
);
CREATE INDEX consents_of_learner ON consents (learner_id, given_ms);
