/// p values adjusted for testing all of them (Holm 1979): each keeps the chance of any false rejection below its value.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![1.0; n];
    let mut running = 0.0_f64;
    for (rank, &i) in order.iter().enumerate() {
        running = running.max(p_values[i] * (n - rank) as f64).min(1.0);
        adjusted[i] = running;
    }
    adjusted
}

/// Confidence of each of `n` intervals that are all to hold their values at once with 95 % (Bonferroni).
pub fn simultaneous(n: usize) -> f64 {
    1.0 - 0.05 / n.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusts_stepwise() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (got, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((got - expected).abs() < 1e-15, "{adjusted:?}");
        }
        assert!(holm(&[]).is_empty());
    }
}
