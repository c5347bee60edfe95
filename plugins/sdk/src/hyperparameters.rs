use crate::schema::{Hyperparameter, Value};
use crate::{Error, Result, Schedule};

/// A struct of hyper-parameters and state. Implemented by `#[derive(Hyperparameters)]`:
///
/// - the struct's doc comment describes the optimizer;
/// - a field with `#[hyper(default = …)]` is a hyper-parameter, described by its doc comment. Its type is `f64`, `usize`,
///   `u64`, `bool`, `String` or [`Schedule`]. Optional: `min = …`, `max = …` (inclusive), `above = …` (exclusive lower
///   end), `scale = "log"` or `"linear"`, `choices = ["a", "b"]` (required for `String`), and for a `Schedule`
///   `unit = "1/lambda_max"` if the default is a multiple of 1/λ_max at the large starting point;
/// - the default of a `Schedule` is a number or `constant(x)`, `linear(from, to)`, `geometric(from, to)`,
///   `cosine(from, to)`, the last three with an optional third argument `until`;
/// - a field with `#[state]` starts as its type's `Default`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not declare its hyper-parameters",
    label = "no `Hyperparameters`",
    note = "put `#[derive(Hyperparameters)]` above the struct, and a doc comment that says what it does"
)]
pub trait Hyperparameters: Sized {
    /// What the optimizer does, in a paragraph.
    const DESCRIPTION: &'static str;

    /// The hyper-parameters, in the order of the struct.
    fn schema() -> Vec<Hyperparameter>;

    /// Builds the struct from one value per hyper-parameter.
    ///
    /// # Errors
    /// If a value is missing or has the wrong type; the message names it.
    fn from_values(values: &mut Values) -> Result<Self>;

    /// The scheduled hyper-parameters with their names.
    fn schedules(&self) -> Vec<(&'static str, &Schedule)>;
}

/// Values on their way into a struct, by name.
#[derive(Debug)]
pub struct Values(Vec<(String, Value)>);

impl Values {
    /// Values by name.
    pub fn new(values: Vec<(String, Value)>) -> Self {
        Values(values)
    }

    /// Removes a value and converts it.
    ///
    /// # Errors
    /// If there is none of this name, or it has the wrong type.
    pub fn take<T: HyperparameterType>(&mut self, name: &str) -> Result<T> {
        let index = self.0.iter().position(|(known, _)| known == name);
        let (_, value) =
            self.0.swap_remove(index.ok_or_else(|| Error::Other(format!("hyper-parameter `{name}` is missing")))?);
        T::from_value(&value)
            .ok_or_else(|| Error::Other(format!("hyper-parameter `{name}` = {value} is not {}", T::EXPECTED)))
    }
}

/// A type that a hyper-parameter may have.
#[diagnostic::on_unimplemented(
    message = "a hyper-parameter cannot be a `{Self}`",
    label = "not a type of hyper-parameters",
    note = "allowed: `f64`, `usize`, `u64`, `bool`, `String`, `Schedule`; state is marked `#[state]`"
)]
pub trait HyperparameterType: Sized {
    /// What is expected, for messages.
    const EXPECTED: &'static str;

    /// The value, if it has the right type.
    fn from_value(value: &Value) -> Option<Self>;
}

impl HyperparameterType for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Bool(b) = *value { Some(b) } else { None }
    }
}

impl HyperparameterType for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_value(value: &Value) -> Option<Self> {
        match *value {
            Value::Integer(n) => Some(n as f64),
            Value::Real(x) => Some(x),
            _ => None,
        }
    }
}

impl HyperparameterType for u64 {
    const EXPECTED: &'static str = "a whole number ≥ 0";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Integer(n) = *value { n.try_into().ok() } else { None }
    }
}

impl HyperparameterType for usize {
    const EXPECTED: &'static str = "a whole number ≥ 0";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Integer(n) = *value { n.try_into().ok() } else { None }
    }
}

impl HyperparameterType for String {
    const EXPECTED: &'static str = "a word";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.clone()) } else { None }
    }
}

impl HyperparameterType for Schedule {
    const EXPECTED: &'static str = "a number or a schedule";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Schedule(schedule) = *value {
            Some(schedule)
        } else {
            f64::from_value(value).map(Schedule::constant)
        }
    }
}
