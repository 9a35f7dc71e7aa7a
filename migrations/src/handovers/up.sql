-- Watch sessions on their way from one server process to the next: written at a shutdown, gone once the client is back, else with
-- the next tidying.
CREATE TABLE handovers (
    -- SHA-256, in hexadecimal, of the secret that the client comes back with.
    secret_hash text NOT NULL PRIMARY KEY,
    learner_id uuid NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    session_id uuid NOT NULL REFERENCES watch_sessions (id) ON DELETE CASCADE,
    -- Since when the client is away.
    left_ms bigint NOT NULL,
    -- JSON; only a server of the same version is sure to understand it.
    state text NOT NULL
);
CREATE INDEX handovers_by_time ON handovers (left_ms);
CREATE INDEX handovers_of_learner ON handovers (learner_id);
CREATE INDEX handovers_of_session ON handovers (session_id);
