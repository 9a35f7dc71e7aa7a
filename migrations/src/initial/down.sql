-- In the order in which nothing refers to what is gone.
DROP TABLE review_notes;
DROP TABLE recommendations;
DROP TABLE answers;
DROP TABLE choices;
DROP TABLE quizzes;
DROP TABLE quiz_sets;
DROP TABLE attention_minutes;
DROP TABLE attention_events;
DROP TABLE watch_sessions;
DROP TABLE lectures;
DROP TABLE consents;
DROP TABLE learners;
