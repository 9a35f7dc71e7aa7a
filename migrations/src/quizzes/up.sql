ALTER TABLE quiz_sets ADD COLUMN source text NOT NULL DEFAULT 'llm'
    CONSTRAINT quiz_set_source CHECK (source IN ('llm', 'cloze', 'hand'));
-- What its author calls it, or the lecture was called.
ALTER TABLE quiz_sets ADD COLUMN title text;
-- As whatlang writes it: eng, kor.
ALTER TABLE quiz_sets ADD COLUMN language text;
-- Made from this transcript (SHA-256 as hex digits) ...
ALTER TABLE quiz_sets ADD COLUMN transcript_hash text;
-- ... in this way: maker, model and version of the prompt. Another learner with both alike is given the same set.
ALTER TABLE quiz_sets ADD COLUMN recipe text;
-- Null: it is being made, or whoever made it died.
ALTER TABLE quiz_sets ADD COLUMN finished_ms bigint;
-- Taken away by its author, and kept for who is answering it, and for the reports of those who answered.
ALTER TABLE quiz_sets ADD COLUMN retired_ms bigint;
-- How many learners recommend it: the rows of recommendations, counted as they come and go, so that lists need not count.
ALTER TABLE quiz_sets ADD COLUMN recommended integer NOT NULL DEFAULT 0;
UPDATE quiz_sets SET finished_ms = created_ms,
    recommended = (SELECT count(*) FROM recommendations r WHERE r.set_id = quiz_sets.id);
CREATE INDEX quiz_sets_by_recipe ON quiz_sets (lecture_id, transcript_hash, recipe);
CREATE INDEX quiz_sets_unfinished ON quiz_sets (created_ms) WHERE finished_ms IS NULL;
CREATE INDEX quiz_sets_retired ON quiz_sets (retired_ms) WHERE retired_ms IS NOT NULL;
-- A lecture's list, in its order.
CREATE INDEX quiz_sets_listed ON quiz_sets (lecture_id, recommended DESC, created_ms DESC, id DESC)
    WHERE finished_ms IS NOT NULL AND retired_ms IS NULL;

-- What was said, word for word.
ALTER TABLE quizzes ADD COLUMN quote text;
-- What was said around it: the text of the cited cues.
ALTER TABLE quizzes ADD COLUMN context text;
-- When the cited cues begin and end.
ALTER TABLE quizzes ADD COLUMN cue_start_s double precision;
ALTER TABLE quizzes ADD COLUMN cue_end_s double precision;
-- Changed or taken away by its author, and kept for who is answering it, and for the reports of those who answered.
ALTER TABLE quizzes ADD COLUMN retired_ms bigint;
CREATE INDEX quizzes_retired ON quizzes (retired_ms) WHERE retired_ms IS NOT NULL;
CREATE INDEX quizzes_in_use ON quizzes (set_id, lecture_seconds, position) WHERE retired_ms IS NULL;

-- Why it is right, or wrong.
ALTER TABLE choices ADD COLUMN reason text;

ALTER TABLE answers ADD COLUMN asked_ms bigint;
-- As the server measured it, without the time that the network took.
ALTER TABLE answers ADD COLUMN took_ms bigint;

-- What the note is about, in a word or two.
ALTER TABLE review_notes ADD COLUMN keyword text;
-- What made it: llm, or cues.
ALTER TABLE review_notes ADD COLUMN source text;
-- One note a session and quiz. Of several, those after the first stay as notes about no quiz.
UPDATE review_notes SET quiz_id = NULL WHERE EXISTS (
    SELECT 1 FROM review_notes former WHERE former.session_id = review_notes.session_id
        AND former.quiz_id = review_notes.quiz_id AND former.id < review_notes.id);
CREATE UNIQUE INDEX review_notes_once ON review_notes (session_id, quiz_id);
DROP INDEX review_notes_of_session;

-- Whose answers may have no notes yet.
CREATE INDEX sessions_by_end ON watch_sessions (ended_ms);

-- How many lectures' quizzes were made for a learner on a day.
CREATE TABLE quiz_usage (
    learner_id uuid NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    -- Since 1970, in UTC.
    day integer NOT NULL,
    made integer NOT NULL,
    PRIMARY KEY (learner_id, day)
);
CREATE INDEX quiz_usage_by_day ON quiz_usage (day);
