use super::HyperparameterError;
use crate::schema::{Hyperparameter, Kind, Range, Value};
use crate::{Schedule, Shape};

impl Hyperparameter {
    /// Holds a value against type and range.
    ///
    /// # Errors
    /// [`HyperparameterError::NotAllowed`].
    pub fn check(&self, value: &Value) -> Result<(), HyperparameterError> {
        let allowed = match (&self.kind, value) {
            (Kind::Bool, Value::Bool(_)) => true,
            (Kind::Integer { min, max }, Value::Integer(n)) => (min..=max).contains(&n),
            (Kind::Real(range), value) => number(value).is_some_and(|x| range.contains(x)),
            (Kind::Schedule(range), Value::Schedule(schedule)) => schedule_fits(schedule, range),
            (Kind::Schedule(range), value) => number(value).is_some_and(|x| range.contains(x)),
            (Kind::Choice(words), Value::Text(word)) => words.contains(word),
            _ => false,
        };
        if allowed {
            return Ok(());
        }
        Err(HyperparameterError::NotAllowed {
            name: self.name.clone(),
            value: value.clone(),
            allowed: self.kind.clone(),
        })
    }
}

/// Holds a complete set of values against a schema.
pub(super) fn check_all(schema: &[Hyperparameter], values: &[(String, Value)]) -> Result<(), HyperparameterError> {
    for (index, (name, value)) in values.iter().enumerate() {
        let Some(hyperparameter) = schema.iter().find(|known| known.name == *name) else {
            let known = schema.iter().map(|known| known.name.clone()).collect();
            return Err(HyperparameterError::Unknown { name: name.clone(), known });
        };
        if values[..index].iter().any(|(earlier, _)| earlier == name) {
            return Err(HyperparameterError::Repeated { name: name.clone() });
        }
        hyperparameter.check(value)?;
    }
    let missing = schema.iter().find(|known| values.iter().all(|(name, _)| *name != known.name));
    missing.map_or(Ok(()), |known| {
        Err(HyperparameterError::Missing { name: known.name.clone(), default: known.default.clone() })
    })
}

fn number(value: &Value) -> Option<f64> {
    match *value {
        Value::Integer(n) => Some(n as f64),
        Value::Real(x) => Some(x),
        _ => None,
    }
}

fn schedule_fits(schedule: &Schedule, range: &Range) -> bool {
    let curve = schedule.shape != Shape::Geometric || (schedule.from > 0.0 && schedule.to > 0.0);
    curve
        && schedule.until > 0.0
        && schedule.until <= 1.0
        && range.contains(schedule.from)
        && range.contains(schedule.to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Unit;

    fn radius() -> Hyperparameter {
        Hyperparameter {
            name: "radius".into(),
            description: "ρ".into(),
            kind: Kind::Schedule(Range { min: Some(0.0), max: Some(1.0), min_excluded: true }),
            default: Value::Real(0.05),
            default_unit: Unit::Absolute,
            log_scale: true,
        }
    }

    #[test]
    fn both_ends_of_a_schedule_obey_the_range() {
        let check = |value: Value| radius().check(&value).is_ok();
        assert!(check(Value::Real(1.0)));
        assert!(check(Value::Integer(1)));
        assert!(!check(Value::Real(0.0)));
        assert!(!check(Value::Real(f64::NAN)));
        assert!(!check(Value::Text("0.1".into())));
        assert!(check(Value::Schedule(Schedule::geometric(0.5, 1e-3))));
        assert!(!check(Value::Schedule(Schedule::linear(0.5, 0.0))));
        assert!(!check(Value::Schedule(Schedule::linear(0.5, 0.1).until(0.0))));
    }

    #[test]
    fn every_mistake_is_named() {
        let message = |values: &[(&str, f64)]| {
            let values: Vec<_> = values.iter().map(|(name, x)| ((*name).to_owned(), Value::Real(*x))).collect();
            check_all(&[radius()], &values).map_err(|error| error.to_string())
        };
        assert_eq!(message(&[("radius", 0.1)]), Ok(()));
        assert_eq!(message(&[]), Err("hyper-parameter `radius` is missing (its default is 0.05)".into()));
        assert_eq!(message(&[("raduis", 0.1)]), Err("unknown hyper-parameter `raduis` (known: radius)".into()));
        assert_eq!(message(&[("radius", 0.1), ("radius", 0.2)]), Err("hyper-parameter `radius` is given twice".into()));
        assert_eq!(
            message(&[("radius", 2.0)]),
            Err("hyper-parameter `radius` = 2.0 is not allowed (give a number in (0, 1] or a schedule between such numbers)"
                .into())
        );
    }
}
