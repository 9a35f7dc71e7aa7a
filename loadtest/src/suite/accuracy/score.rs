//! How well open and closed eyes were told apart, among pictures whose face was found.

use crate::visitor::Seen;

/// The score of one answer of each picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// Pictures asked about, and those whose face was found.
    pub pictures: usize,
    /// The same.
    pub faces: usize,
    /// The chance that a closed picture's `closed` is above an open one's.
    pub auc: Option<f64>,
    /// Share of closed eyes that the verdict's `eyes` calls closed.
    pub closed_recall: Option<f64>,
    /// Share of open eyes that it calls closed.
    pub open_called_closed: Option<f64>,
}

impl Score {
    /// Of pairs of truth (closed?) and answer.
    pub fn new<'a>(answers: impl Iterator<Item = (bool, &'a Seen)>) -> Self {
        let (mut values, mut called) = ([Vec::new(), Vec::new()], [0_usize; 2]);
        let mut pictures = 0;
        for (closed, seen) in answers {
            pictures += 1;
            if let (true, Some(value)) = (seen.face, seen.closed) {
                values[usize::from(closed)].push(value);
                called[usize::from(closed)] += usize::from(seen.eyes == "closed");
            }
        }
        let share = |kind: usize| share(called[kind], values[kind].len());
        let (closed_recall, open_called_closed) = (share(1), share(0));
        let faces = values[0].len() + values[1].len();
        let [open, closed] = values;
        Self { pictures, faces, auc: auc(open, &closed), closed_recall, open_called_closed }
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.2} %", share * 100.0));
        write!(
            out,
            "AUC {}, closed found {}, open called closed {}, faces {} of {}",
            self.auc.map_or("-".to_owned(), |auc| format!("{auc:.4}")),
            percent(self.closed_recall),
            percent(self.open_called_closed),
            self.faces,
            self.pictures
        )
    }
}

/// The worse of two, figure by figure.
pub fn worse(one: &Score, two: &Score) -> Score {
    let by = |pick: fn(f64, f64) -> f64, one: Option<f64>, two: Option<f64>| match (one, two) {
        (Some(one), Some(two)) => Some(pick(one, two)),
        _ => None,
    };
    Score {
        pictures: one.pictures.max(two.pictures),
        faces: one.faces.min(two.faces),
        auc: by(f64::min, one.auc, two.auc),
        closed_recall: by(f64::min, one.closed_recall, two.closed_recall),
        open_called_closed: by(f64::max, one.open_called_closed, two.open_called_closed),
    }
}

fn auc(mut open: Vec<f64>, closed: &[f64]) -> Option<f64> {
    open.sort_by(f64::total_cmp);
    // Of equal ones, half counts.
    let wins = |value: f64| {
        let (below, upto) = (open.partition_point(|it| *it < value), open.partition_point(|it| *it <= value));
        (below + upto) as f64 / 2.0
    };
    let sum: f64 = closed.iter().map(|value| wins(*value)).sum();
    share_of(sum, open.len() * closed.len())
}

fn share(part: usize, whole: usize) -> Option<f64> {
    share_of(part as f64, whole)
}

/// To five digits.
fn share_of(part: f64, whole: usize) -> Option<f64> {
    (whole > 0).then(|| (part / whole as f64 * 1e5).round() / 1e5)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn seen(closed: f64) -> Seen {
        let eyes = if closed >= 0.5 { "closed" } else { "open" };
        Seen { face: true, eyes: eyes.to_owned(), closed: Some(closed), latency: Duration::ZERO }
    }

    #[test]
    fn figures_are_shares_of_the_faces_found() {
        let nobody = Seen { face: false, closed: None, ..seen(0.0) };
        let answers = [(false, seen(0.1)), (false, seen(0.6)), (true, seen(0.9)), (true, seen(0.4)), (true, nobody)];
        let score = Score::new(answers.iter().map(|(closed, seen)| (*closed, seen)));
        assert_eq!((score.pictures, score.faces), (5, 4));
        assert_eq!((score.closed_recall, score.open_called_closed), (Some(0.5), Some(0.5)));
        // 0.9 is above both, 0.4 above one of two.
        assert_eq!(score.auc, Some(0.75));
        assert_eq!(Score::new(std::iter::empty()).auc, None);
    }

    #[test]
    fn equal_values_count_half() {
        assert_eq!(auc(vec![0.5], &[0.5]), Some(0.5));
    }

    #[test]
    fn the_worse_is_taken_figure_by_figure() {
        let one = Score { auc: Some(0.9), closed_recall: Some(0.8), open_called_closed: Some(0.1), ..Score::default() };
        let two = Score { auc: Some(0.8), closed_recall: Some(0.9), open_called_closed: Some(0.2), ..Score::default() };
        let worse = worse(&one, &two);
        assert_eq!((worse.auc, worse.closed_recall, worse.open_called_closed), (Some(0.8), Some(0.8), Some(0.2)));
    }
}
