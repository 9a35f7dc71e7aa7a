//! Which number of learners is tried next.

/// Each step has so many times the learners of the last, until one fails.
const GROWTH: f64 = 1.5;
/// The gap between held and not held is halved until it is below this share,
const RESOLUTION: f64 = 0.05;
/// or so few learners.
const FINEST: usize = 10;
/// Confirming runs that may fail before the search gives up.
const CONFIRMATIONS: u32 = 3;

/// The state of a search.
#[derive(Debug, Clone)]
pub struct Search {
    /// The most that were held in a step.
    low: usize,
    /// The fewest that were not.
    high: Option<usize>,
    most: usize,
    first: usize,
    confirmed: bool,
    hurried: bool,
    failures: u32,
    current: Option<Next>,
}

/// What is to be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// So many learners.
    pub learners: usize,
    /// For longer, since this is the answer if it holds.
    pub confirming: bool,
}

impl Search {
    /// Begins with `first`, and never tries more than `most`.
    pub fn new(first: usize, most: usize) -> Self {
        let first = first.clamp(1, most.max(1));
        Self { low: 0, high: None, most, first, confirmed: false, hurried: false, failures: 0, current: None }
    }

    /// The next step; none: the search is over.
    pub fn next(&mut self) -> Option<Next> {
        self.current = self.choose();
        self.current
    }

    fn choose(&self) -> Option<Next> {
        let step = |learners| Some(Next { learners, confirming: false });
        if self.confirmed || self.failures >= CONFIRMATIONS {
            return None;
        }
        match (self.low, self.high) {
            (0, None) => step(self.first),
            (low, _) if low > 0 && self.hurried => Some(Next { learners: low, confirming: true }),
            (low, None) if low < self.most => step((((low as f64) * GROWTH) as usize).max(low + 1).min(self.most)),
            (low, Some(high)) if high - low > gap(high) && self.failures == 0 => {
                step(rounded((low + high) / 2, low, high))
            }
            (0, _) => None,
            (low, _) => Some(Next { learners: low, confirming: true }),
        }
    }

    /// Whether the last step held.
    pub fn note(&mut self, held: bool) {
        let Some(Next { learners, confirming }) = self.current.take() else { return };
        match (held, confirming) {
            (true, false) => self.low = learners,
            (false, false) => self.high = Some(learners),
            (true, true) => self.confirmed = true,
            (false, true) => {
                // What does not hold for long is too much; a little less is confirmed next, then twice as much less.
                self.high = Some(learners);
                self.low = learners.saturating_sub(gap(learners) << self.failures);
                self.failures += 1;
            }
        }
    }

    /// There is no time for further steps: what is known is confirmed.
    pub fn hurry(&mut self) {
        self.hurried = true;
    }

    /// Learners that a confirming run held; 0: none was.
    pub fn held(&self) -> usize {
        if self.confirmed { self.low } else { 0 }
    }
}

fn gap(learners: usize) -> usize {
    ((learners as f64 * RESOLUTION) as usize).max(FINEST)
}

/// A round number, if one is near enough.
fn rounded(learners: usize, low: usize, high: usize) -> usize {
    let round = (learners + 5) / 10 * 10;
    if (low + 1..high).contains(&round) { round } else { learners }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches a server that holds `steps` learners for short and `confirmations` for long; the answer and how many steps it took.
    fn search(steps: usize, confirmations: usize, first: usize, most: usize) -> (usize, usize) {
        let mut search = Search::new(first, most);
        for taken in 0.. {
            let Some(next) = search.next() else { return (search.held(), taken) };
            assert!(taken < 40 && next.learners <= most);
            search.note(next.learners <= if next.confirming { confirmations } else { steps });
        }
        unreachable!("the loop above ends")
    }

    #[test]
    fn the_answer_is_close_and_was_confirmed() {
        for truth in [13, 90, 237, 600, 777, 1500, 3100] {
            let (held, taken) = search(truth, truth, 400, 10_000);
            assert!(held <= truth && truth - held <= gap(truth) + 10, "{truth}: {held}");
            assert!(taken <= 14, "{truth}: {taken} steps");
        }
    }

    #[test]
    fn what_holds_only_for_short_is_lowered() {
        let (held, _) = search(1000, 930, 400, 10_000);
        assert!((840..=930).contains(&held), "{held}");
        assert_eq!(search(1000, 100, 400, 10_000).0, 0, "far from what was promised: nothing is");
    }

    #[test]
    fn a_hurried_search_confirms_what_it_knows() {
        let mut search = Search::new(400, 10_000);
        assert_eq!(search.next(), Some(Next { learners: 400, confirming: false }));
        search.note(true);
        search.hurry();
        assert_eq!(search.next(), Some(Next { learners: 400, confirming: true }));
        search.note(true);
        assert_eq!((search.next(), search.held()), (None, 400));
        let mut nothing = Search::new(400, 10_000);
        nothing.hurry();
        assert_eq!(nothing.next(), Some(Next { learners: 400, confirming: false }), "something must be known");
    }

    #[test]
    fn bounds_are_kept() {
        assert_eq!(search(5000, 5000, 400, 900), (900, 4), "400, 600, 900, confirmed");
        assert_eq!(search(0, 0, 400, 900).0, 0);
        assert_eq!(search(900, 900, 1200, 1200).0 / 10, 90);
    }
}
