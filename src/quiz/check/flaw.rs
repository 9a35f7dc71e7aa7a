//! Why a question may not be shown.

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What is asked.
    Question,
    /// An option: 0, 1, ...
    Option(usize),
    /// An option's reason: 0, 1, ...
    Reason(usize),
    /// What was said.
    Quote,
    /// A note's keyword.
    Keyword,
    /// A note's explanation.
    Explanation,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Question => formatter.write_str("the question"),
            Self::Option(index) => write!(formatter, "option {}", letter(*index)),
            Self::Reason(index) => write!(formatter, "the reason of option {}", letter(*index)),
            Self::Quote => formatter.write_str("the quote"),
            Self::Keyword => formatter.write_str("the keyword"),
            Self::Explanation => formatter.write_str("the explanation"),
        }
    }
}

/// A for 0, B for 1, ...; ? after Z.
pub fn letter(index: usize) -> char {
    ('A'..='Z').nth(index).unwrap_or('?')
}

/// A rule that is broken, said so that the model and people can do something about it. Holds nothing of the model's own
/// text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// No text, list or number where one must be.
    #[error("\"{0}\" is missing or is not of the type that was asked for")]
    Shape(&'static str),
    /// More than was asked for; the rest was not looked at.
    #[error("there are {0} of them, more than were asked for")]
    TooMany(usize),
    /// In characters.
    #[error("{place} has {length} characters: {least} to {most} are allowed")]
    Length {
        /// Of what.
        place: Place,
        /// So many.
        length: usize,
        /// At least.
        least: usize,
        /// At most.
        most: usize,
    },
    /// Control characters, and those that are not seen or turn the order of others around.
    #[error("{0} holds control characters or invisible ones")]
    Hidden(Place),
    /// Letters that look like others' but are none.
    #[error("{0} mixes two alphabets in a word")]
    Lookalike(Place),
    /// To anywhere.
    #[error("{0} holds a link or an address: leave it out")]
    Link(Place),
    /// HTML, links in Markdown, or what marks roles in a chat.
    #[error("{0} holds HTML, Markdown or chat markup: write plain text")]
    Markup(Place),
    /// Said to or by a model rather than to a learner.
    #[error("{0} speaks of instructions or of the assistant: ask about the lecture")]
    Instruction(Place),
    /// Options are shuffled before they are shown.
    #[error("{0} names options by their letter: they are shown in another order")]
    NamesLetter(Place),
    /// No question mark, no blank.
    #[error("the question asks nothing: end it with a question mark")]
    NotAsked,
    /// Four are wanted.
    #[error("there are {0} options: exactly four are needed")]
    OptionCount(usize),
    /// But for case, spaces, punctuation or a label.
    #[error("options {} and {} are the same", letter(*.0), letter(*.1))]
    SameOptions(usize, usize),
    /// Options are shuffled, and there is one answer.
    #[error("option {} speaks of all or none of the options", letter(*.0))]
    AllOrNone(usize),
    /// Cannot be told which option is right.
    #[error("the key must be one letter from A to D")]
    KeyUnclear,
    /// From 0 or from 1?
    #[error("the key is a number: a letter from A to D is needed")]
    KeyNumber,
    /// Four times the same.
    #[error("the reasons are all the same: say of each option why it is right or wrong")]
    SameReasons,
    /// One need not have listened.
    #[error("the question's own words hold the right answer")]
    GivenAway,
    /// One need not have listened.
    #[error("the right answer is much longer than the others")]
    KeyLong,
    /// One need not have listened.
    #[error("the right answer is much shorter than the others")]
    KeyShort,
    /// A few words are found anywhere.
    #[error("the quote is too short: at least 12 characters or 3 words")]
    QuoteShort,
    /// Invented, or changed.
    #[error("the quote is not in the cited lines word for word")]
    NotSaid,
    /// None, or so many that they prove nothing.
    #[error("{0} lines are cited: 1 to 12 are needed")]
    CitedCount(usize),
    /// Of another part, or of none.
    #[error("a line is cited that is not in this part of the transcript")]
    CitedOutside,
    /// One question is about one moment.
    #[error("the cited lines lie too far apart")]
    CitedApart,
    /// Not the lecture's.
    #[error("{0} is not in the lecture's language, {1}")]
    Language(Place, &'static str),
    /// Of one in the same lecture.
    #[error("the question repeats an earlier one")]
    Repeated,
    /// By one who did not know the key: see [`super::solved`].
    #[error("the lines alone do not lead to the key: it is wrong, several options fit, or the lines do not tell")]
    Unsolved,
    /// Of a note.
    #[error("the note's number is none of those asked for")]
    Number,
}
