//! Chance: the same history from the same seed.

/// A stream of numbers.
#[derive(Debug, Clone)]
pub struct Random(fastrand::Rng);

impl Random {
    /// The stream of that seed.
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// 16 bytes.
    pub fn bytes(&mut self) -> [u8; 16] {
        self.0.u128(..).to_be_bytes()
    }

    /// 0 to 1, without 1.
    pub fn share(&mut self) -> f64 {
        self.0.f64()
    }

    /// True so often.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// From `least` to `most`, both included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        self.0.u64(least..=most.max(least))
    }

    /// One of them, by weight; None of none.
    pub fn pick<'a, T>(&mut self, weighted: &'a [(T, f64)]) -> Option<&'a T> {
        let mut left = self.share() * weighted.iter().map(|(_, weight)| weight).sum::<f64>();
        let chosen = weighted.iter().find(|(_, weight)| {
            left -= weight;
            left < 0.0
        });
        chosen.or(weighted.last()).map(|(value, _)| value)
    }
}
