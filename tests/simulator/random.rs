//! Small and repeatable randomness: SplitMix64.

/// A stream of numbers.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0..1
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Whole milliseconds between two numbers of seconds.
    pub fn ms(&mut self, low: f64, high: f64) -> u64 {
        (1000.0 * self.between(low, high)) as u64
    }

    /// Milliseconds until something that happens every `mean` seconds.
    pub fn until(&mut self, mean: f64) -> u64 {
        (-1000.0 * mean * (1.0 - self.unit()).ln()) as u64 + 1
    }

    /// Mean 0, deviation 1.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// 0..1, the same for all instants of one stretch of `ms`: noise that lasts.
pub fn lasting(seed: u64, at: u64, ms: u64) -> f64 {
    Random::new(seed ^ (at / ms).wrapping_mul(0xD6E8_FEB8_6659_FD93)).unit()
}
