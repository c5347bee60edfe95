use flatbench_records::{Parameter, ParameterKind, Schedule, Unit, Value};

use crate::suite::plain_value;

/// A default on a logarithmic scale is searched from this many times less to this many times more: five octaves each way.
pub const REACH: f64 = 32.0;
/// Whole numbers whose largest is at least that have no upper end that means anything.
const UNBOUNDED: i64 = i32::MAX as i64;

/// The values of one hyper-parameter among which trials are taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub(super) name: String,
    pub(super) kind: ParameterKind,
    pub(super) span: Span,
    /// The curve that is multiplied by a number, where the default is one; of a number, its unit.
    pub(super) curve: Option<Schedule>,
}

/// How a place from 0 to 1 becomes a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// Equal ratios are equal steps; `low` > 0.
    Logarithmic {
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
    },
    /// Equal differences are equal steps.
    Linear {
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
    },
    /// Equal ratios of 1 − x are equal steps, 0 ≤ x < 1: what averages over 1/(1 − x) steps.
    Complement {
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
    },
    /// One of them.
    Among(Vec<Value>),
}

impl Axis {
    /// What the description of a hyper-parameter says of the values worth trying; or why it says nothing.
    pub fn of(parameter: &Parameter) -> Result<Axis, &'static str> {
        let (log, default) = (parameter.log_scale, parameter.default.as_ref());
        let span = match &parameter.kind {
            ParameterKind::Bool => Span::Among(vec![Value::Bool(false), Value::Bool(true)]),
            ParameterKind::Choice(words) => Span::Among(words.iter().map(|word| Value::Text(word.clone())).collect()),
            ParameterKind::Text | ParameterKind::Texts | ParameterKind::File => return Err("any text is allowed"),
            ParameterKind::Integer { min, max } => {
                let max = Some(*max).filter(|max| *max < UNBOUNDED);
                let min = Some(*min).filter(|min| *min > -UNBOUNDED);
                let [min, max] = [min, max].map(|end| end.map(|end| end as f64));
                let default = default.and_then(Value::as_real).map(|x| (x, x));
                match log {
                    // A whole number begins at 1, where it is searched in ratios.
                    true => logarithmic(default, Some(min.unwrap_or(1.0).max(1.0)), max)?,
                    false => between(min, max)?,
                }
            }
            ParameterKind::Real { min, max, min_excluded } | ParameterKind::Schedule { min, max, min_excluded } => {
                let curve = default.and_then(Value::as_schedule);
                let is_flat = curve.as_ref().is_none_or(|curve| curve.from == curve.to);
                let least = min.map(|min| if *min_excluded { above(min, *max) } else { min });
                match log {
                    true => logarithmic(curve.map(|curve| (curve.from, curve.to)), least, *max)?,
                    false if is_flat => between(least, *max)?,
                    false => return Err("its default is a curve, and no logarithmic scale says how to multiply it"),
                }
            }
        };
        let axis = Axis::over(parameter, span);
        if axis.count() == Some(1) { Err("its range holds a single value") } else { Ok(axis) }
    }

    /// A hyper-parameter with a span of values; numbers in it are in the unit of the default.
    pub(super) fn over(parameter: &Parameter, span: Span) -> Axis {
        Axis { name: parameter.name.clone(), kind: parameter.kind.clone(), span, curve: curve(parameter) }
    }

    /// Hyper-parameter.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many values there are; `None` for numbers that are not whole.
    pub fn count(&self) -> Option<usize> {
        match (&self.span, &self.kind) {
            (Span::Among(values), _) => Some(values.len()),
            (Span::Logarithmic { low, high } | Span::Linear { low, high }, ParameterKind::Integer { .. }) => {
                Some((high.floor() - low.ceil()) as usize + 1)
            }
            _ => None,
        }
    }

    /// The value at a place in [0, 1): numbers with three digits, which is how they are pasted.
    pub fn at(&self, place: f64) -> Value {
        let (low, high, x) = match &self.span {
            Span::Among(values) => {
                // There are at least two.
                let index = ((place * values.len() as f64) as usize).min(values.len().saturating_sub(1));
                return values.get(index).cloned().unwrap_or(Value::Bool(false));
            }
            Span::Logarithmic { low, high } => (*low, *high, low * (high / low).powf(place)),
            Span::Linear { low, high } => (*low, *high, low + place * (high - low)),
            // Small values first, as on the other scales.
            Span::Complement { low, high } => {
                (*low, *high, 1.0 - (1.0 - low) * ((1.0 - high) / (1.0 - low)).powf(place))
            }
        };
        let x = match (&self.span, &self.kind) {
            (_, ParameterKind::Integer { .. }) => {
                return Value::Integer(x.round().clamp(low.ceil(), high.floor()) as i64);
            }
            (Span::Complement { .. }, _) => complement_of_three_digits(x),
            _ => three_digits(x),
        }
        .clamp(low, high);
        self.value(x)
    }

    /// The value of that number, of those that can be [counted](Axis::count).
    pub(super) fn nth(&self, index: usize) -> Option<Value> {
        match (&self.span, &self.kind) {
            (Span::Among(values), _) => values.get(index).cloned(),
            (Span::Logarithmic { low, .. } | Span::Linear { low, .. }, ParameterKind::Integer { .. }) => {
                Some(Value::Integer(low.ceil() as i64 + index as i64))
            }
            _ => None,
        }
    }

    /// A number as a value: the larger end of the curve, where there is one, which goes with it as a whole. Zero is zero all along: equal
    /// ratios have no zero.
    pub(super) fn value(&self, x: f64) -> Value {
        let Some(curve) = &self.curve else { return Value::Real(x) };
        if x == 0.0 {
            return plain_value(Value::Schedule(Schedule { unit: curve.unit, ..Schedule::constant(0.0) }));
        }
        let larger = curve.from.max(curve.to);
        let end = |own: f64| if own == larger { x } else { three_digits(own * (x / larger)) };
        plain_value(Value::Schedule(Schedule { from: end(curve.from), to: end(curve.to), ..curve.clone() }))
    }

    /// Whether a value is at an end of its range beyond which others are allowed, within a twentieth of the way; if so, whether that is
    /// the upper end.
    pub fn is_at_end(&self, value: &Value) -> Option<bool> {
        let x = value.as_schedule().map(|curve| curve.from.max(curve.to))?;
        let (low, high, place) = match self.span {
            Span::Among(_) => return None,
            Span::Logarithmic { low, high } => (low, high, (x / low).ln() / (high / low).ln()),
            Span::Linear { low, high } => (low, high, (x - low) / (high - low)),
            Span::Complement { low, high } => {
                (low, high, ((1.0 - x) / (1.0 - low)).ln() / ((1.0 - high) / (1.0 - low)).ln())
            }
        };
        let is_allowed = |x: f64| match self.kind {
            ParameterKind::Integer { .. } => self.kind.admits(&Value::Integer(x.round() as i64)),
            _ => self.kind.admits(&self.value(x)),
        };
        let (less, more) = match self.span {
            _ if self.count().is_some() => (low - 1.0, high + 1.0),
            Span::Logarithmic { .. } => (0.99 * low, 1.01 * high),
            _ => (low - 0.01 * (high - low), high + 0.01 * (high - low)),
        };
        match place {
            _ if place > 0.95 && is_allowed(more) => Some(true),
            _ if place < 0.05 && is_allowed(less) => Some(false),
            _ => None,
        }
    }

    /// Whether a value is one of these, or between them.
    pub(super) fn holds(&self, value: &Value) -> bool {
        match &self.span {
            Span::Among(values) => values.contains(value),
            Span::Logarithmic { low, high } | Span::Linear { low, high } | Span::Complement { low, high } => {
                let number = value.as_schedule().map(|curve| curve.from.max(curve.to));
                number.is_some_and(|x| (*low..=*high).contains(&x))
            }
        }
    }
}

impl std::fmt::Display for Axis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = match &self.curve {
            Some(curve) if curve.unit != Unit::Absolute => format!(" times {}", curve.unit),
            _ => String::new(),
        };
        let whole = match &self.curve {
            Some(curve) if curve.from != curve.to => ", the larger end of its curve, which goes with it",
            _ => "",
        };
        match &self.span {
            Span::Logarithmic { low, high } => {
                write!(f, "{} to {}{unit}, in equal ratios{whole}", short(*low), short(*high))
            }
            Span::Linear { low, high } => write!(f, "{low} to {high}{unit}, in equal steps{whole}"),
            Span::Complement { low, high } => write!(f, "{low} to {high}{unit}, 1 − x in equal ratios{whole}"),
            Span::Among(values) => {
                write!(f, "{}", values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "))
            }
        }
    }
}

/// The default of a schedule, if it is more than a number.
fn curve(parameter: &Parameter) -> Option<Schedule> {
    match (&parameter.kind, parameter.default.clone().map(plain_value)) {
        (ParameterKind::Schedule { .. }, Some(Value::Schedule(schedule))) => Some(schedule),
        _ => None,
    }
}

/// [`REACH`] times less and more than the larger end of a default, cut so that both ends stay within the bounds; the bounds themselves
/// where there is no default.
fn logarithmic(ends: Option<(f64, f64)>, min: Option<f64>, max: Option<f64>) -> Result<Span, &'static str> {
    let Some((from, to)) = ends else {
        return match (min, max) {
            (Some(low), Some(high)) if low > 0.0 && low < high => Ok(Span::Logarithmic { low, high }),
            _ => Err("it has no default to begin from"),
        };
    };
    let (smaller, larger) = (from.min(to), from.max(to));
    if larger <= 0.0 || smaller < 0.0 {
        return Err("its default has no place on its logarithmic scale");
    }
    let least = min.filter(|min| *min > 0.0 && smaller > 0.0).map_or(0.0, |min| min * (larger / smaller));
    let (low, high) = ((larger / REACH).max(least), (larger * REACH).min(max.unwrap_or(f64::MAX)));
    if low < high { Ok(Span::Logarithmic { low, high }) } else { Err("its range holds a single value") }
}

/// Between two ends, in ratios of 1 − x where that is what the ends say.
pub(super) fn between(min: Option<f64>, max: Option<f64>) -> Result<Span, &'static str> {
    match (min, max) {
        (Some(low), Some(high)) if low >= high => Err("its range holds a single value"),
        (Some(low), Some(high)) if (0.0..1e-9).contains(&low) && high < 1.0 => Ok(Span::Complement { low, high }),
        (Some(low), Some(high)) => Ok(Span::Linear { low, high }),
        _ => Err("its range has neither a logarithmic scale nor two ends"),
    }
}

/// A number just above an end that is itself excluded.
fn above(min: f64, max: Option<f64>) -> f64 {
    let size = max.map_or(min.abs(), |max| max - min);
    if size.is_finite() { min + 1e-9 * size } else { min }
}

/// Three digits, without an exponent where that is as short.
fn short(x: f64) -> String {
    let x = three_digits(x);
    if (1e-3..1e6).contains(&x) { x.to_string() } else { format!("{x:e}") }
}

fn three_digits(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

/// `x` with as many digits as give 1 − x three.
fn complement_of_three_digits(x: f64) -> f64 {
    let decimals = (2.0 - (1.0 - x).log10().floor()).clamp(0.0, 15.0) as usize;
    format!("{x:.decimals$}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use flatbench_records::Shape;

    use super::*;

    fn parameter(kind: ParameterKind, default: Value, log_scale: bool) -> Parameter {
        let description = "It.".into();
        Parameter { name: "x".into(), description, kind, default: Some(default), optional: false, log_scale }
    }

    fn real(min: Option<f64>, max: Option<f64>) -> ParameterKind {
        ParameterKind::Real { min, max, min_excluded: false }
    }

    fn ends(axis: &Axis) -> (Value, Value) {
        (axis.at(0.0), axis.at(1.0 - 1e-12))
    }

    #[test]
    fn a_logarithmic_scale_reaches_five_octaves_each_way_and_stops_at_the_bounds() {
        let axis = Axis::of(&parameter(real(Some(0.0), None), Value::Real(0.32), true)).unwrap();
        assert_eq!(axis.span, Span::Logarithmic { low: 0.01, high: 10.24 });
        assert_eq!(axis.at(0.5), Value::Real(0.32), "the default is in the middle");
        assert_eq!(axis.at(0.123456), Value::Real(0.0235), "three digits");
        let axis = Axis::of(&parameter(real(Some(0.1), Some(1.0)), Value::Real(0.32), true)).unwrap();
        assert_eq!(ends(&axis), (Value::Real(0.1), Value::Real(1.0)));
    }

    #[test]
    fn whole_numbers_are_rounded_and_begin_at_one() {
        let batch = |min, default| {
            Axis::of(&parameter(ParameterKind::Integer { min, max: i64::MAX }, Value::Integer(default), true))
        };
        assert_eq!(ends(&batch(0, 16).unwrap()), (Value::Integer(1), Value::Integer(512)));
        assert_eq!(batch(0, 16).unwrap().count(), Some(512));
        assert!(batch(0, 0).is_err(), "0 stands for all of them");
        let steps = parameter(ParameterKind::Integer { min: 1, max: 30 }, Value::Integer(5), false);
        assert_eq!(ends(&Axis::of(&steps).unwrap()), (Value::Integer(1), Value::Integer(30)));
        let open = parameter(ParameterKind::Integer { min: 1, max: i64::MAX }, Value::Integer(5), false);
        assert!(Axis::of(&open).is_err(), "neither a scale nor two ends");
    }

    #[test]
    fn two_ends_are_uniform_and_a_momentum_is_searched_by_its_distance_from_one() {
        let tail = Axis::of(&parameter(real(Some(0.0), Some(1.0)), Value::Real(0.75), false)).unwrap();
        assert_eq!(tail.at(0.25), Value::Real(0.25));
        let momentum = Axis::of(&parameter(real(Some(0.0), Some(0.999)), Value::Real(0.9), false)).unwrap();
        let at = [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0].map(|place| momentum.at(place));
        assert_eq!(at, [0.0, 0.9, 0.99, 0.999].map(Value::Real));
        assert_eq!(momentum.at(0.9), Value::Real(0.998), "three digits of 1 − x");
        assert!(Axis::of(&parameter(real(Some(0.0), None), Value::Real(0.9), false)).is_err());
    }

    #[test]
    fn words_and_switches_take_all_their_values() {
        let words = ParameterKind::Choice(vec!["a".into(), "b".into(), "c".into()]);
        let axis = Axis::of(&parameter(words, "a".into(), false)).unwrap();
        assert_eq!([0.1, 0.5, 0.9].map(|place| axis.at(place)), ["a", "b", "c"].map(Value::from));
        let switch = Axis::of(&parameter(ParameterKind::Bool, Value::Bool(true), false)).unwrap();
        assert_eq!(ends(&switch), (Value::Bool(false), Value::Bool(true)));
        assert!(Axis::of(&parameter(ParameterKind::Text, "a".into(), false)).is_err());
        let one = ParameterKind::Choice(vec!["a".into()]);
        assert!(Axis::of(&parameter(one, "a".into(), false)).is_err(), "one word is no choice");
    }

    #[test]
    fn a_curve_is_multiplied_as_a_whole_and_keeps_its_unit() {
        let kind = |min| ParameterKind::Schedule { min: Some(min), max: None, min_excluded: false };
        let schedule = |schedule, from, to, unit| Schedule { schedule, from, to, until: 0.8, unit };
        let default = schedule(Shape::Geometric, 1e-1, 1e-7, Unit::Absolute);
        let axis = Axis::of(&parameter(kind(0.0), Value::Schedule(default), true)).unwrap();
        let expected = schedule(Shape::Geometric, 3.2, 3.2e-6, Unit::Absolute);
        assert_eq!(axis.at(1.0), Value::Schedule(expected));
        let warm_up = schedule(Shape::Linear, 0.0, 0.5, Unit::InverseLambdaMax);
        let axis = Axis::of(&parameter(kind(0.0), Value::Schedule(warm_up), true)).unwrap();
        let expected = schedule(Shape::Linear, 0.0, 16.0, Unit::InverseLambdaMax);
        assert_eq!(axis.at(1.0), Value::Schedule(expected), "by its larger end");
        let bounded = schedule(Shape::Linear, 0.8, 0.4, Unit::Absolute);
        let axis = Axis::of(&parameter(kind(0.1), Value::Schedule(bounded), true)).unwrap();
        assert_eq!(axis.at(0.0).as_schedule().map(|s| (s.from, s.to)), Some((0.2, 0.1)), "both ends obey the range");
        let constant = Value::Schedule(Schedule { unit: Unit::InverseLambdaMax, ..Schedule::constant(0.5) });
        let axis = Axis::of(&parameter(kind(0.0), constant, true)).unwrap();
        assert_eq!(axis.at(1.0).as_schedule().map(|s| (s.to, s.unit)), Some((16.0, Unit::InverseLambdaMax)));
        assert_eq!(axis.to_string(), "0.0156 to 16 times 1/lambda_max, in equal ratios");
        let zero = Value::Schedule(Schedule::constant(0.0));
        assert!(Axis::of(&parameter(kind(0.0), zero, true)).is_err());
    }

    #[test]
    fn every_value_is_allowed_where_an_end_is_excluded() {
        let kind = ParameterKind::Real { min: Some(0.5), max: Some(2.0), min_excluded: true };
        for log in [true, false] {
            let axis = Axis::of(&parameter(kind.clone(), Value::Real(1.0), log)).unwrap();
            for i in 0..100 {
                let value = axis.at(f64::from(i) / 100.0);
                assert!(kind.admits(&value), "{value}");
            }
        }
    }
}
