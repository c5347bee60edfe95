use std::f64::consts::PI;

use crate::Oracle;

/// How a scheduled number moves from `from` to `to`, with t in [0, 1].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Stays at `from`.
    Constant,
    /// `from + (to − from)·t`.
    Linear,
    /// `from·(to/from)^t`; both ends > 0.
    Geometric,
    /// `to + (from − to)·(1 + cos πt)/2`.
    Cosine,
}

/// A number over the course of a run.
///
/// t is the spent fraction of the budget divided by `until`, at most 1: past `until` the number stays at `to`. A schedule
/// is a hyper-parameter type of its own: a suite may give a plain number instead, which is the constant schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The curve.
    pub shape: Shape,
    /// Value at the start.
    pub from: f64,
    /// Value at the end; equal to `from` when constant.
    pub to: f64,
    /// Fraction of the budget, in (0, 1], at which `to` is reached.
    pub until: f64,
}

impl Schedule {
    /// Stays at `value`.
    pub const fn constant(value: f64) -> Self {
        Schedule { shape: Shape::Constant, from: value, to: value, until: 1.0 }
    }

    /// Moves along a straight line over the whole budget.
    pub const fn linear(from: f64, to: f64) -> Self {
        Schedule { shape: Shape::Linear, from, to, until: 1.0 }
    }

    /// Moves by equal ratios over the whole budget; both ends > 0.
    pub const fn geometric(from: f64, to: f64) -> Self {
        Schedule { shape: Shape::Geometric, from, to, until: 1.0 }
    }

    /// Moves along half a cosine wave over the whole budget.
    pub const fn cosine(from: f64, to: f64) -> Self {
        Schedule { shape: Shape::Cosine, from, to, until: 1.0 }
    }

    /// The same curve, compressed into the first `fraction` of the budget.
    pub const fn until(self, fraction: f64) -> Self {
        Schedule { until: fraction, ..self }
    }

    /// The value now, by the budget spent so far.
    pub fn at(&self, oracle: &Oracle) -> f64 {
        // A constant costs no call to the host.
        if self.shape == Shape::Constant { self.from } else { self.value(oracle.progress()) }
    }

    /// The value when the fraction `progress` of the budget is spent.
    pub fn value(&self, progress: f64) -> f64 {
        let t = (progress / self.until).clamp(0.0, 1.0);
        match self.shape {
            Shape::Constant => self.from,
            // The last point is exact whatever the rounding of the formula.
            _ if t == 1.0 => self.to,
            Shape::Linear => self.from + (self.to - self.from) * t,
            Shape::Geometric => self.from * (self.to / self.from).powf(t),
            Shape::Cosine => self.to + (self.from - self.to) * 0.5 * (1.0 + (PI * t).cos()),
        }
    }
}

impl Default for Schedule {
    /// The constant 0.
    fn default() -> Self {
        Schedule::constant(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-15 * b.abs()
    }

    #[test]
    fn follows_each_formula() {
        assert_eq!(Schedule::constant(0.3).value(0.7), 0.3);
        assert_eq!(Schedule::linear(1.0, 3.0).value(0.25), 1.5);
        assert!(close(Schedule::geometric(1e-1, 1e-7).value(0.5), 1e-4));
        assert!(close(Schedule::cosine(2.0, 0.0).value(0.5), 1.0));
        assert!(close(Schedule::cosine(2.0, 0.0).value(1.0 / 3.0), 1.5));
    }

    #[test]
    fn stays_at_the_end_after_until() {
        let schedule = Schedule::geometric(1.0, 1e-4).until(0.5);
        assert!(close(schedule.value(0.25), 1e-2));
        assert_eq!(schedule.value(0.5), 1e-4);
        assert_eq!(schedule.value(0.9), 1e-4);
        assert_eq!(schedule.value(0.0), 1.0);
    }
}
