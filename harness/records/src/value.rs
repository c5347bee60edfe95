use serde::{Deserialize, Serialize};

use crate::words::words;

/// A parameter as it stands in a suite, a record, or on its way to a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A real number. Serialises as null where it is not finite, so validation refuses such values.
    Real(f64),
    /// Text, for choices and file names.
    Text(String),
    /// A list of texts, for names of columns and the like.
    Texts(Vec<String>),
    /// A number that changes over the budget, or has a unit.
    Schedule(Schedule),
}

impl Value {
    /// The number, for whole and real values.
    pub fn as_real(&self) -> Option<f64> {
        match *self {
            Value::Integer(n) => Some(n as f64),
            Value::Real(x) => Some(x),
            _ => None,
        }
    }

    /// The value as a schedule: numbers are constant schedules.
    pub fn as_schedule(&self) -> Option<Schedule> {
        match self {
            Value::Schedule(schedule) => Some(schedule.clone()),
            other => other.as_real().map(Schedule::constant),
        }
    }

    /// Whether two values mean the same: a number is a schedule that does not change.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self == other || self.as_schedule().is_some_and(|own| Some(own) == other.as_schedule())
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Value::Integer(n)
    }
}

impl From<f64> for Value {
    fn from(x: f64) -> Self {
        Value::Real(x)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Bool(b) => write!(f, "{b}"),
            Value::Integer(n) => write!(f, "{n}"),
            Value::Real(x) => write!(f, "{x:?}"),
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Texts(texts) => write!(f, "{texts:?}"),
            Value::Schedule(schedule) => write!(f, "{schedule}"),
        }
    }
}

words! {
    /// How a scheduled number moves from `from` to `to` while the budget is spent.
    pub enum Shape {
        /// Stays at `from`.
        Constant = "constant",
        /// `from + (to − from)·t`.
        Linear = "linear",
        /// `from·(to/from)^t`; both ends > 0.
        Geometric = "geometric",
        /// `to + (from − to)·(1 + cos πt)/2`.
        Cosine = "cosine",
    }
}

words! {
    /// What a scheduled number is measured in.
    #[derive(Default)]
    pub enum Unit {
        /// The number itself.
        #[default]
        Absolute = "absolute",
        /// Multiples of 1/λ_max of the Hessian at the large starting point of the instance, so that one step size serves
        /// every case.
        InverseLambdaMax = "1/lambda_max",
    }
}

/// A number over the course of a run: `{ schedule = "geometric", from = 0.1, to = 1e-7, until = 0.8 }`.
///
/// t is the spent fraction of the budget divided by `until`, at most 1: past `until` the number stays at `to`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// The curve.
    pub schedule: Shape,
    /// Value at the start.
    pub from: f64,
    /// Value at the end; equal to `from` when constant.
    pub to: f64,
    /// Fraction of the budget, in (0, 1], at which `to` is reached.
    #[serde(default = "whole_budget")]
    pub until: f64,
    /// Unit of `from` and `to`.
    #[serde(default)]
    pub unit: Unit,
}

fn whole_budget() -> f64 {
    1.0
}

impl Schedule {
    /// The schedule that stays at `value`.
    pub fn constant(value: f64) -> Self {
        Schedule { schedule: Shape::Constant, from: value, to: value, until: 1.0, unit: Unit::Absolute }
    }

    /// The value, in its unit, when the fraction `progress` of the budget is spent.
    pub fn at(&self, progress: f64) -> f64 {
        let t = (progress / self.until).clamp(0.0, 1.0);
        match self.schedule {
            Shape::Constant => self.from,
            Shape::Linear => self.from + (self.to - self.from) * t,
            Shape::Geometric => self.from * (self.to / self.from).powf(t),
            Shape::Cosine => self.to + (self.from - self.to) * (1.0 + (std::f64::consts::PI * t).cos()) / 2.0,
        }
    }
}

impl std::fmt::Display for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = match self.unit {
            Unit::Absolute => "",
            Unit::InverseLambdaMax => "/λmax",
        };
        if self.schedule == Shape::Constant {
            return write!(f, "{}{unit}", self.from);
        }
        write!(f, "{} {:e}→{:e}{unit}", self.schedule, self.from, self.to)?;
        if self.until < 1.0 { write!(f, " until {}", self.until) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_go_from_one_end_to_the_other_and_stay() {
        let of = |schedule| Schedule { schedule, from: 8.0, to: 2.0, until: 0.5, unit: Unit::Absolute };
        // Halfway: arithmetic mean, geometric mean, and the mean again, where the cosine is zero.
        for (shape, middle) in [(Shape::Linear, 5.0), (Shape::Geometric, 4.0), (Shape::Cosine, 5.0)] {
            let values = [0.0, 0.25, 0.5, 1.0].map(|progress| of(shape).at(progress));
            for (value, expected) in values.into_iter().zip([8.0, middle, 2.0, 2.0]) {
                assert!((value - expected).abs() < 1e-12, "{shape}: {values:?}");
            }
        }
        assert!((of(Shape::Cosine).at(0.125) - (5.0 + 3.0 * 0.5_f64.sqrt())).abs() < 1e-12);
        assert_eq!(of(Shape::Constant).at(1.0), 8.0);
    }
}
