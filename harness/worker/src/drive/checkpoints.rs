use flatbench_records::Spacing;

/// Budgets spent at which a run is measured: the start, then points in equal ratios from one gradient to the budget.
///
/// Their number does not depend on the length of the run, so trajectories are of bounded size.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    points: Vec<f64>,
    next: usize,
}

impl Checkpoints {
    /// At most `count` ≥ 2 points up to `budget`, rounded to whole gradients and without repeats.
    pub fn new(budget: f64, count: usize) -> Self {
        let last = budget.max(1.0);
        let ratio = last.powf(1.0 / (count.max(2) - 1) as f64);
        let mut points: Vec<f64> = (0..count).map(|i| ratio.powi(i as i32).round().min(last)).collect();
        points.dedup();
        Checkpoints { points, next: 0 }
    }

    /// Points at equal distances up to `budget`, [`Spacing::MOST`] at most.
    pub fn even(budget: f64, spacing: Spacing) -> Self {
        let every = spacing.every(budget);
        let number = (budget / every).clamp(0.0, f64::from(Spacing::MOST)) as u32;
        Checkpoints { points: (1..=number).map(|i| f64::from(i) * every).collect(), next: 0 }
    }

    /// Whether a run that has spent `spent` is due; passes all points up to there.
    pub fn due(&mut self, spent: f64) -> bool {
        let before = self.next;
        while self.points.get(self.next).is_some_and(|&point| point <= spent) {
            self.next += 1;
        }
        self.next > before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_increasing_bounded_and_end_at_the_budget() {
        for budget in [1.0, 3.0, 100.0, 30_000.0, 12_345.5] {
            let points = Checkpoints::new(budget, 60).points;
            assert!(points.windows(2).all(|p| p[0] < p[1]), "{points:?}");
            assert!(points.len() <= 60);
            assert!((points.last().copied().unwrap_or(0.0) - budget).abs() <= 1.0, "{points:?} for {budget}");
        }
    }

    #[test]
    fn even_points_end_at_the_budget() {
        assert_eq!(Checkpoints::even(10.0, Spacing::Number(4)).points, [2.5, 5.0, 7.5, 10.0]);
        assert_eq!(Checkpoints::even(10.0, Spacing::Every { every: 4.0 }).points, [4.0, 8.0]);
        assert_eq!(Checkpoints::even(1e9, Spacing::Every { every: 1e-9 }).points.len(), Spacing::MOST as usize);
    }

    #[test]
    fn a_step_that_passes_several_points_is_due_once() {
        let mut checkpoints = Checkpoints::new(100.0, 50);
        assert!(checkpoints.due(10.0));
        assert!(!checkpoints.due(10.0));
        assert!(checkpoints.due(100.0));
        assert!(!checkpoints.due(1e9));
    }
}
