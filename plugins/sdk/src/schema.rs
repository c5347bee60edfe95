//! Hyper-parameters as data: what a plugin has, and the values it is given.

use crate::Schedule;

/// Value of a hyper-parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A real number.
    Real(f64),
    /// A word, for choices.
    Text(String),
    /// A number that changes over the budget, in absolute units.
    Schedule(Schedule),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Bool(b) => write!(f, "{b}"),
            Value::Integer(n) => write!(f, "{n}"),
            Value::Real(x) => write!(f, "{x:?}"),
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Schedule(s) => write!(f, "{:?} from {:?} to {:?} until {}", s.shape, s.from, s.to, s.until),
        }
    }
}

/// Allowed interval of a real number. A missing end is unbounded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Range {
    /// Lower end.
    pub min: Option<f64>,
    /// Upper end.
    pub max: Option<f64>,
    /// Whether the lower end itself is excluded.
    pub min_excluded: bool,
}

impl Range {
    /// Whether `x` is finite and inside.
    pub fn contains(&self, x: f64) -> bool {
        x.is_finite()
            && self.min.is_none_or(|min| if self.min_excluded { x > min } else { x >= min })
            && self.max.is_none_or(|max| x <= max)
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.min, self.max) {
            (None, None) => write!(f, "finite"),
            (Some(min), None) if self.min_excluded => write!(f, "> {min}"),
            (Some(min), None) => write!(f, "≥ {min}"),
            (None, Some(max)) => write!(f, "≤ {max}"),
            (Some(min), Some(max)) => write!(f, "in {}{min}, {max}]", if self.min_excluded { '(' } else { '[' }),
        }
    }
}

/// What a hyper-parameter may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number in `[min, max]`.
    Integer {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// A real number.
    Real(Range),
    /// A real number or a schedule; both ends of a schedule obey the range.
    Schedule(Range),
    /// One of a few words.
    Choice(Vec<String>),
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Kind::Bool => write!(f, "true or false"),
            Kind::Integer { min, max: i64::MAX } => write!(f, "a whole number ≥ {min}"),
            Kind::Integer { min, max } => write!(f, "a whole number in [{min}, {max}]"),
            Kind::Real(range) => write!(f, "a number {range}"),
            Kind::Schedule(range) => write!(f, "a number {range} or a schedule between such numbers"),
            Kind::Choice(words) => write!(f, "one of {}", words.join(", ")),
        }
    }
}

/// What the default of a scheduled number is measured in. Values that reach a plugin are always absolute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// The number itself.
    #[default]
    Absolute,
    /// Multiples of 1/λ_max of the Hessian at the large starting point of the instance, so that one step size serves every
    /// case.
    InverseLambdaMax,
}

/// One hyper-parameter of an optimizer.
#[derive(Clone, Debug, PartialEq)]
pub struct Hyperparameter {
    /// Name of the field.
    pub name: String,
    /// Its doc comment.
    pub description: String,
    /// Allowed values.
    pub kind: Kind,
    /// Value when a suite leaves it out.
    pub default: Value,
    /// Unit of `default`; a harness multiplies before it hands the value over.
    pub default_unit: Unit,
    /// Whether equal ratios are equal steps: a hint for choosing a grid.
    pub log_scale: bool,
}
