use serde::{Deserialize, Serialize};

use crate::{Schedule, Shape, Value};

/// What a parameter of a family or a hyper-parameter of an optimizer may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParameterKind {
    /// `true` or `false`.
    Bool,
    /// A whole number in `[min, max]`.
    Integer {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// A finite real number between `min` and `max`. A missing end is unbounded.
    Real {
        /// Lower end.
        min: Option<f64>,
        /// Upper end.
        max: Option<f64>,
        /// Whether the lower end itself is excluded.
        min_excluded: bool,
    },
    /// A real number or a schedule; both ends of a schedule obey the range.
    Schedule {
        /// Lower end.
        min: Option<f64>,
        /// Upper end.
        max: Option<f64>,
        /// Whether the lower end itself is excluded.
        min_excluded: bool,
    },
    /// One of a few words.
    Choice(Vec<String>),
    /// Any text but an empty one.
    Text,
    /// A list of texts, not empty; a single text or number is a list of one.
    Texts,
    /// Path of a data file, relative to the suite that names it.
    File,
}

impl ParameterKind {
    /// Whether a parameter of this kind may have the value. Whole numbers are real numbers too.
    pub fn admits(&self, value: &Value) -> bool {
        match (self, value) {
            (ParameterKind::Bool, Value::Bool(_)) => true,
            (ParameterKind::Integer { min, max }, Value::Integer(n)) => (min..=max).contains(&n),
            (ParameterKind::Real { min, max, min_excluded }, number) => {
                number.as_real().is_some_and(|x| within(x, *min, *max, *min_excluded))
            }
            (ParameterKind::Schedule { min, max, min_excluded }, value) => {
                value.as_schedule().is_some_and(|schedule| {
                    let Schedule { schedule: shape, from, to, until, .. } = schedule;
                    let reachable = shape != Shape::Geometric || (from > 0.0 && to > 0.0);
                    let ends = [from, to].into_iter().all(|x| within(x, *min, *max, *min_excluded));
                    ends && reachable && until > 0.0 && until <= 1.0
                })
            }
            (ParameterKind::Choice(words), Value::Text(text)) => words.contains(text),
            (ParameterKind::File | ParameterKind::Text, Value::Text(text)) => !text.is_empty(),
            (ParameterKind::Texts, Value::Texts(texts)) => !texts.is_empty(),
            _ => false,
        }
    }

    /// What is allowed, in words: "a number greater than 0 and at most 1".
    pub fn allowed(&self) -> String {
        match self {
            ParameterKind::Bool => "true or false".into(),
            // Bounds that only keep numbers out of memory's reach would distract.
            ParameterKind::Integer { min, max } if *max >= i64::from(i32::MAX) => {
                format!("a whole number, at least {min}")
            }
            ParameterKind::Integer { min, max } => format!("a whole number from {min} to {max}"),
            ParameterKind::Real { min, max, min_excluded } => range(*min, *max, *min_excluded),
            ParameterKind::Schedule { min, max, min_excluded } => {
                format!("{}, or a schedule of such numbers", range(*min, *max, *min_excluded))
            }
            ParameterKind::Choice(words) => {
                format!("one of {}", words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", "))
            }
            ParameterKind::Text => "a string that is not empty".into(),
            ParameterKind::Texts => "a list of strings or numbers that is not empty".into(),
            ParameterKind::File => "the path of a data file, as a string".into(),
        }
    }
}

fn within(x: f64, min: Option<f64>, max: Option<f64>, min_excluded: bool) -> bool {
    x.is_finite()
        && min.is_none_or(|min| if min_excluded { x > min } else { x >= min })
        && max.is_none_or(|max| x <= max)
}

fn range(min: Option<f64>, max: Option<f64>, min_excluded: bool) -> String {
    let above = if min_excluded { "greater than" } else { "at least" };
    match (min, max) {
        (Some(min), Some(max)) => format!("a number {above} {min} and at most {max}"),
        (Some(min), None) => format!("a number {above} {min}"),
        (None, Some(max)) => format!("a number at most {max}"),
        (None, None) => "a finite number".into(),
    }
}

/// One parameter: its name, meaning, allowed values and default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name, as written in a suite.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// Allowed values.
    pub kind: ParameterKind,
    /// Value when a suite leaves it out; `None`: it has to be given, unless `optional`.
    pub default: Option<Value>,
    /// Whether it may be left out although it has no default (the family decides from the other parameters).
    #[serde(default)]
    pub optional: bool,
    /// Whether equal ratios are equal steps: a hint for choosing a grid.
    #[serde(default)]
    pub log_scale: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_kept_and_said() {
        let half_open = ParameterKind::Real { min: Some(0.0), max: Some(1.0), min_excluded: true };
        assert_eq!(half_open.allowed(), "a number greater than 0 and at most 1");
        for (value, admitted) in [(0.0, false), (1e-300, true), (1.0, true), (1.1, false), (f64::NAN, false)] {
            assert_eq!(half_open.admits(&Value::Real(value)), admitted, "{value}");
        }
        assert!(half_open.admits(&Value::Integer(1)), "a whole number is a real one");
        let closed = ParameterKind::Real { min: Some(0.0), max: None, min_excluded: false };
        assert_eq!(closed.allowed(), "a number at least 0");
        assert!(closed.admits(&Value::Integer(0)) && !closed.admits(&Value::Real(f64::INFINITY)));
        let size = ParameterKind::Integer { min: 1, max: 9 };
        assert!(size.admits(&Value::Integer(9)) && !size.admits(&Value::Integer(10)));
        assert!(!size.admits(&Value::Real(2.0)), "a real number is no whole one");
        assert!(!ParameterKind::File.admits(&Value::Text(String::new())));
    }

    #[test]
    fn both_ends_of_a_schedule_obey_the_range() {
        let kind = ParameterKind::Schedule { min: Some(0.0), max: None, min_excluded: false };
        let schedule =
            |shape, from, to| Value::Schedule(Schedule { schedule: shape, from, to, ..Schedule::constant(from) });
        assert!(kind.admits(&Value::Real(0.5)) && kind.admits(&schedule(Shape::Linear, 1.0, 0.0)));
        assert!(!kind.admits(&schedule(Shape::Linear, 1.0, -1.0)));
        assert!(!kind.admits(&schedule(Shape::Geometric, 1.0, 0.0)), "never reached");
    }
}
