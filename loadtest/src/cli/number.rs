//! Numbers on the command line.

/// A number that is a sensible rate or time.
pub fn positive(text: &str) -> Result<f64, String> {
    number_within(text, 1e-3, 1e6)
}

/// The same, or 0.
pub fn not_negative(text: &str) -> Result<f64, String> {
    number_within(text, 0.0, 1e6)
}

/// 0 to 1.
pub fn share(text: &str) -> Result<f64, String> {
    number_within(text, 0.0, 1.0)
}

/// 0 to less than 1.
pub fn below_one(text: &str) -> Result<f64, String> {
    number_within(text, 0.0, 0.99)
}

fn number_within(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("{text} is not a number"))?;
    if (least..=most).contains(&number) { Ok(number) } else { Err(format!("expected {least} to {most}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_checked() {
        assert_eq!(positive("0.5"), Ok(0.5));
        assert!(["0", "-1", "NaN", "inf", "much"].iter().all(|text| positive(text).is_err()));
        assert!(share("1").is_ok() && share("1.1").is_err() && below_one("1").is_err() && not_negative("0").is_ok());
    }
}
