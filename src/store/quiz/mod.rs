//! Quizzes of lectures: sets that were made or written by hand, learners' answers, and what to look at again.

mod answers;
mod asked;
mod catalogue;
mod check;
mod content;
mod handmade;
mod quota;
mod reviews;
mod room;
mod sets;

pub use self::answers::NewAnswer;
pub(super) use self::answers::insert_answers;
pub use self::asked::{Answer, AskedQuiz, Outcome, Quote, SessionQuizzes};
pub use self::catalogue::{SetDetails, SetSummary};
pub use self::check::{Fault, LARGEST_QUIZ, LONGEST_TITLE, MOST_QUIZZES, OPTIONS, SetFault};
pub use self::content::{Choice, NewQuiz, Source, StoredQuiz};
pub(super) use self::handmade::A_DAY;
pub use self::handmade::{HandSet, MOST_CHANGES, MOST_SETS, SetError};
pub use self::reviews::{DueReview, NewNote, NoteSource, ReviewNote, WrongAnswer};
pub use self::room::LARGEST_SETS;
pub use self::sets::{NewSet, StoredSet};
