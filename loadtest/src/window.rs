//! What was seen of the frames that were due in one stretch of time.

use std::collections::BTreeMap;

use crate::behaviour::Shown;
use crate::latency::Latency;

/// Counts of one word and the first sentence that came with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// How often.
    pub count: u64,
    /// The first one's details.
    pub first: String,
}

/// Verdicts on frames whose content is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judged {
    /// As shown.
    pub right: u64,
    /// Otherwise.
    pub wrong: u64,
}

/// Everything counted. A frame and its answer belong to the window in which the frame was due.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// From due to answered with a verdict; without the learners that read slowly.
    pub latency: Latency,
    /// The same of learners that read slowly.
    pub slow_latency: Latency,
    /// From due (or, on a socket that was blocked, from writable) to sent: the generator's own lateness.
    pub lag: Latency,
    /// From the tipping frame's due time to its alert.
    pub alert_latency: Latency,
    /// From losing the connection to the welcome of the next.
    pub return_latency: Latency,
    /// From an answer to a question to its grade.
    pub grade_latency: Latency,
    /// Frames handed to a socket.
    pub sent: u64,
    /// Frames that were due and not sent.
    pub unsent: u64,
    /// Frames answered with a verdict.
    pub answered: u64,
    /// Frames answered with an `error`.
    pub frame_errors: u64,
    /// `dropped` by reason.
    pub dropped: BTreeMap<String, u64>,
    /// `error`s by code, failures and violations by their word.
    pub errors: BTreeMap<String, Counted>,
    /// Verdicts by presence.
    pub presence: BTreeMap<String, u64>,
    /// Verdicts of plain files that said something else than the file's first one.
    pub differing: u64,
    /// Verdicts on attentive, dozing and absent learners.
    pub judged: [Judged; 3],
    /// Verdicts by learner.
    pub answered_by: Vec<u32>,
    /// Alerts that no frame tipped.
    pub alerts_by_clock: u64,
    /// Alerts of closed eyes or absence while the learner did nothing of it.
    pub alerts_false: u64,
    /// Episodes that were long enough and brought no alert.
    pub alerts_missed: u64,
    /// Episodes that were long enough and brought no state.
    pub states_missed: u64,
    /// Messages that asked for fewer frames than one a second.
    pub rates_lowered: u64,
    /// Learners that came back and were told that the watch session goes on; that it does not.
    pub recovered: Judged,
    /// Sockets that were welcomed.
    pub connected: u64,
    /// Sockets that were answered with HTTP 503.
    pub refused: u64,
    /// Sockets that ended before their time.
    pub closed: u64,
    /// Frames without an answer on those, but for those that were still on their way.
    pub left_open: u64,
    /// Sets of questions that were complete, questions asked and graded.
    pub quiz: [u64; 3],
}

impl Window {
    /// Frames not looked at, for whatever reason.
    pub fn all_dropped(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Everything that went wrong.
    pub fn all_errors(&self) -> u64 {
        self.errors.values().map(|counted| counted.count).sum()
    }

    /// Frames with neither verdict nor `dropped` nor `error`.
    pub fn unanswered(&self) -> u64 {
        self.sent.saturating_sub(self.answered + self.all_dropped() + self.frame_errors)
    }

    /// What a verdict said of a picture whose content is known.
    pub fn judge(&mut self, shown: Shown, presence: &str, eyes: &str) {
        *entry(&mut self.presence, presence) += 1;
        let place = match shown {
            Shown::Attentive => 0,
            Shown::Dozing => 1,
            Shown::Away => 2,
            Shown::Unlabelled => return,
        };
        let judged = &mut self.judged[place];
        *if shown.agrees(presence, eyes) { &mut judged.right } else { &mut judged.wrong } += 1;
    }

    /// Learner `number` had a verdict.
    pub fn serve(&mut self, number: usize) {
        if self.answered_by.len() <= number {
            self.answered_by.resize(number + 1, 0);
        }
        self.answered_by[number] += 1;
    }

    /// Something went wrong; the first `detail` of a `word` is kept.
    pub fn error(&mut self, word: &str, detail: &str) {
        let counted = entry(&mut self.errors, word);
        if counted.count == 0 {
            detail.clone_into(&mut counted.first);
        }
        counted.count += 1;
    }

    /// A frame was not looked at.
    pub fn drop_frame(&mut self, reason: &str) {
        *entry(&mut self.dropped, reason) += 1;
    }

    /// Adds what another window saw.
    pub fn absorb(&mut self, other: &Self) {
        self.latency.absorb(&other.latency);
        self.slow_latency.absorb(&other.slow_latency);
        self.lag.absorb(&other.lag);
        self.alert_latency.absorb(&other.alert_latency);
        self.return_latency.absorb(&other.return_latency);
        self.grade_latency.absorb(&other.grade_latency);
        for (mine, theirs) in self.counts().into_iter().zip(other.clone().counts()) {
            *mine += *theirs;
        }
        for (mine, theirs) in [(&mut self.dropped, &other.dropped), (&mut self.presence, &other.presence)] {
            theirs.iter().for_each(|(word, count)| *entry(mine, word) += count);
        }
        for (word, theirs) in &other.errors {
            let mine = entry(&mut self.errors, word);
            if mine.count == 0 {
                mine.first.clone_from(&theirs.first);
            }
            mine.count += theirs.count;
        }
        self.answered_by.resize(self.answered_by.len().max(other.answered_by.len()), 0);
        self.answered_by.iter_mut().zip(&other.answered_by).for_each(|(mine, theirs)| *mine += theirs);
    }

    fn counts(&mut self) -> Vec<&mut u64> {
        let Self { judged: [open, closed, away], quiz: [made, asked, graded], recovered, .. } = self;
        vec![
            &mut self.sent,
            &mut self.unsent,
            &mut self.answered,
            &mut self.frame_errors,
            &mut self.differing,
            &mut open.right,
            &mut open.wrong,
            &mut closed.right,
            &mut closed.wrong,
            &mut away.right,
            &mut away.wrong,
            &mut self.alerts_by_clock,
            &mut self.alerts_false,
            &mut self.alerts_missed,
            &mut self.states_missed,
            &mut self.rates_lowered,
            &mut recovered.right,
            &mut recovered.wrong,
            &mut self.connected,
            &mut self.refused,
            &mut self.closed,
            &mut self.left_open,
            made,
            asked,
            graded,
        ]
    }
}

fn entry<'a, V: Default>(map: &'a mut BTreeMap<String, V>, word: &str) -> &'a mut V {
    map.entry(word.to_owned()).or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_first_sentence_of_an_error_is_kept() {
        let mut window = Window::default();
        window.error("lost", "reset");
        window.error("lost", "broken pipe");
        window.error("closed_4408", "");
        assert_eq!(window.errors["lost"], Counted { count: 2, first: "reset".into() });
        assert_eq!(window.all_errors(), 3);
    }

    #[test]
    fn what_is_unanswered_had_neither_verdict_nor_drop_nor_error() {
        let mut window = Window { sent: 10, unsent: 2, answered: 5, frame_errors: 1, ..Window::default() };
        window.drop_frame("expired");
        window.drop_frame("superseded");
        assert_eq!((window.unanswered(), window.all_dropped()), (2, 2));
    }

    #[test]
    fn verdicts_are_counted_by_what_was_shown() {
        let mut window = Window::default();
        window.judge(Shown::Dozing, "face", "closed");
        window.judge(Shown::Dozing, "face", "open");
        window.judge(Shown::Unlabelled, "face", "open");
        assert_eq!((window.judged[1], window.presence["face"]), (Judged { right: 1, wrong: 1 }, 3));
        assert_eq!(window.judged[0], Judged::default());
    }

    #[test]
    fn windows_add_up() {
        let mut one =
            Window { sent: 3, quiz: [1, 2, 3], recovered: Judged { right: 1, wrong: 0 }, ..Window::default() };
        one.serve(1);
        one.drop_frame("rate");
        let mut two = Window { sent: 4, quiz: [1, 1, 1], ..Window::default() };
        two.serve(2);
        two.serve(2);
        two.drop_frame("rate");
        two.error("lost", "reset");
        two.latency.record(Duration::from_millis(5));
        one.absorb(&two);
        assert_eq!((one.sent, one.quiz, one.recovered.right), (7, [2, 3, 4], 1));
        assert_eq!((&one.answered_by[..], one.dropped["rate"]), (&[0, 1, 2][..], 2));
        assert_eq!((one.errors["lost"].first.as_str(), one.latency.count()), ("reset", 1));
    }
}
