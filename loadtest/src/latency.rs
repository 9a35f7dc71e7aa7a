//! Latencies of one kind, as a histogram.

use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest latency told apart from longer ones, microseconds: ten minutes.
const LONGEST_US: u64 = 600_000_000;

/// Latencies to three digits. It costs nothing until the first one comes.
#[derive(Debug, Clone, Default)]
pub struct Latency(Option<Histogram<u64>>);

impl Latency {
    /// One more.
    pub fn record(&mut self, latency: Duration) {
        if self.0.is_none() {
            // These bounds are right.
            self.0 = Histogram::new_with_bounds(1, LONGEST_US, 3).ok();
        }
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(LONGEST_US).max(1));
        }
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    /// A quantile (0..1), ms; 0 when there is none.
    pub fn millis(&self, quantile: f64) -> f64 {
        self.0.as_ref().map_or(0.0, |histogram| round(histogram.value_at_quantile(quantile) as f64 / 1000.0))
    }

    /// Mean, ms; 0 when there is none.
    pub fn mean_millis(&self) -> f64 {
        self.0.as_ref().map_or(0.0, |histogram| round(histogram.mean() / 1000.0))
    }

    /// Adds all of another.
    pub fn absorb(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            // Both have the same bounds.
            (Some(mine), Some(theirs)) => mine.add(theirs).unwrap_or_default(),
            (None, Some(theirs)) => self.0 = Some(theirs.clone()),
            (_, None) => {}
        }
    }
}

/// To three digits behind the point.
pub fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_milliseconds() {
        let mut latency = Latency::default();
        assert_eq!((latency.millis(0.99), latency.count()), (0.0, 0));
        (1..=1000).for_each(|ms| latency.record(Duration::from_millis(ms)));
        for (quantile, expected) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0), (1.0, 1000.0)] {
            let measured = latency.millis(quantile);
            assert!((measured - expected).abs() <= expected * 0.001, "{measured} is not {expected}");
        }
        assert!((latency.mean_millis() - 500.5).abs() < 1.0);
    }

    #[test]
    fn two_are_added() {
        let (mut one, mut two) = (Latency::default(), Latency::default());
        two.record(Duration::from_millis(10));
        one.absorb(&two);
        one.absorb(&two);
        one.absorb(&Latency::default());
        assert_eq!((one.count(), two.count()), (2, 1));
        assert!((one.millis(0.5) - 10.0).abs() < 0.1);
    }
}
