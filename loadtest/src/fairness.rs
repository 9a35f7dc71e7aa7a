//! How evenly something is shared out.

/// Jain's index (Jain, Chiu and Hawe 1984): 1 when all have the same, 1/n when one has everything; 1 for nobody and nothing.
pub fn jain(shares: impl IntoIterator<Item = u32>) -> f64 {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for share in shares.into_iter().map(f64::from) {
        count += 1.0;
        sum += share;
        squares += share * share;
    }
    if squares > 0.0 { sum * sum / (count * squares) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_lies_between_one_of_n_and_one() {
        assert_eq!(jain([5, 5, 5, 5]), 1.0);
        assert_eq!(jain([8, 0, 0, 0]), 0.25);
        assert_eq!(jain([1, 3]), 0.8, "16 / (2 * 10)");
        assert_eq!((jain([]), jain([0, 0])), (1.0, 1.0));
    }
}
