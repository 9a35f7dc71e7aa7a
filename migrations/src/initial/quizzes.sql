CREATE TABLE quiz_sets (
    id uuid NOT NULL PRIMARY KEY,
    lecture_id uuid NOT NULL REFERENCES lectures (id) ON DELETE CASCADE,
    -- Who asked for it. Others answer it too, so it outlives that learner, without the name.
    made_by uuid REFERENCES learners (id) ON DELETE SET NULL,
    -- What made it: a model's name, or cloze.
    maker text NOT NULL,
    created_ms bigint NOT NULL
);
CREATE INDEX quiz_sets_of_lecture ON quiz_sets (lecture_id, created_ms);
CREATE INDEX quiz_sets_made_by ON quiz_sets (made_by);

CREATE TABLE quizzes (
    id uuid NOT NULL PRIMARY KEY,
    set_id uuid NOT NULL REFERENCES quiz_sets (id) ON DELETE CASCADE,
    -- 1, 2, ... per set.
    position integer NOT NULL,
    -- Its place in the lecture.
    lecture_seconds double precision NOT NULL,
    question text NOT NULL,
    -- Why the right answer is right.
    explanation text,
    CONSTRAINT quiz_position UNIQUE (set_id, position)
);

CREATE TABLE choices (
    quiz_id uuid NOT NULL REFERENCES quizzes (id) ON DELETE CASCADE,
    -- 1, 2, ... per quiz.
    position integer NOT NULL,
    words text NOT NULL,
    correct boolean NOT NULL,
    PRIMARY KEY (quiz_id, position)
);

CREATE TABLE answers (
    learner_id uuid NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    quiz_id uuid NOT NULL REFERENCES quizzes (id) ON DELETE CASCADE,
    session_id uuid NOT NULL REFERENCES watch_sessions (id) ON DELETE CASCADE,
    -- The choice's position; null when none was made.
    choice integer,
    correct boolean NOT NULL,
    answered_ms bigint NOT NULL,
    PRIMARY KEY (learner_id, quiz_id, session_id)
);
CREATE INDEX answers_of_session ON answers (session_id);
CREATE INDEX answers_of_quiz ON answers (quiz_id);

CREATE TABLE recommendations (
    learner_id uuid NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    set_id uuid NOT NULL REFERENCES quiz_sets (id) ON DELETE CASCADE,
    created_ms bigint NOT NULL,
    PRIMARY KEY (learner_id, set_id)
);
CREATE INDEX recommendations_of_set ON recommendations (set_id);

CREATE TABLE review_notes (
    id uuid NOT NULL PRIMARY KEY,
    learner_id uuid NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    session_id uuid REFERENCES watch_sessions (id) ON DELETE CASCADE,
    quiz_id uuid REFERENCES quizzes (id) ON DELETE SET NULL,
    -- Where in the lecture to look again.
    lecture_seconds double precision,
    words text NOT NULL,
    created_ms bigint NOT NULL
);
CREATE INDEX review_notes_of_learner ON review_notes (learner_id, created_ms);
CREATE INDEX review_notes_of_session ON review_notes (session_id);
CREATE INDEX review_notes_of_quiz ON review_notes (quiz_id);
