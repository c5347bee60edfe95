//! What a plugin says about itself has to make sense before anybody relies on it: it is shown, written down and read again.

use super::Description;
use crate::schema::{Hyperparameter, Kind, Range, Unit, Value};

/// Holds a description against itself. The error is one line.
pub(super) fn check(card: &Description) -> Result<(), String> {
    if let Some(mistake) = crate::name::mistake(&card.name) {
        let (name, rule) = (&card.name, crate::name::RULE);
        return Err(format!("its name {name:?} cannot be used: {mistake} (allowed: {rule})"));
    }
    word(&card.version, "its version")?;
    for (index, entry) in card.hyperparameters.iter().enumerate() {
        word(&entry.name, "the name of a hyper-parameter")?;
        if card.hyperparameters[..index].iter().any(|earlier| earlier.name == entry.name) {
            return Err(format!("two hyper-parameters are called `{}`", entry.name));
        }
        kind(&entry.name, &entry.kind)?;
        default(entry)?;
    }
    Ok(())
}

/// A text that stands in lines of others.
fn word(text: &str, what: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err(format!("{what} is empty"));
    }
    if text.chars().any(char::is_control) { Err(format!("{what} {text:?} has control characters")) } else { Ok(()) }
}

fn kind(name: &str, kind: &Kind) -> Result<(), String> {
    match kind {
        Kind::Bool => Ok(()),
        Kind::Integer { min, max } if min > max => {
            Err(format!("`{name}` has the bounds {min} and {max}, and nothing between"))
        }
        Kind::Integer { .. } => Ok(()),
        Kind::Real(range) | Kind::Schedule(range) => bounds(name, range),
        Kind::Choice(words) if words.is_empty() => Err(format!("`{name}` has no choices")),
        Kind::Choice(words) => words.iter().try_for_each(|choice| word(choice, &format!("a choice of `{name}`"))),
    }
}

fn bounds(name: &str, range: &Range) -> Result<(), String> {
    if range.min.into_iter().chain(range.max).any(f64::is_nan) {
        return Err(format!("an end of the range of `{name}` is NaN (use an infinity for none)"));
    }
    match (range.min, range.max) {
        (Some(min), Some(max)) if min > max || min == max && range.min_excluded => {
            Err(format!("`{name}` has the bounds {min} and {max}, and nothing between"))
        }
        _ => Ok(()),
    }
}

/// A default is allowed; in a unit of the instance, only the instance can tell.
fn default(entry: &Hyperparameter) -> Result<(), String> {
    let numbers = match &entry.default {
        Value::Real(x) => vec![*x],
        Value::Schedule(curve) => vec![curve.from, curve.to, curve.until],
        _ => Vec::new(),
    };
    if let Some(x) = numbers.into_iter().find(|x| !x.is_finite()) {
        return Err(format!("the default of `{}` is {x} (give it a finite number)", entry.name));
    }
    if entry.default_unit == Unit::InverseLambdaMax {
        let scaled = matches!(entry.kind, Kind::Real(_) | Kind::Schedule(_));
        return if scaled { Ok(()) } else { Err(format!("`{}` is no number that could have a unit", entry.name)) };
    }
    entry.check(&entry.default).map_err(|error| format!("its own default is refused: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: Kind, default: Value) -> Hyperparameter {
        let (name, description) = ("radius".to_owned(), "ρ".to_owned());
        Hyperparameter { name, description, kind, default, default_unit: Unit::Absolute, log_scale: false }
    }

    fn verdict(hyperparameters: Vec<Hyperparameter>) -> Result<(), String> {
        check(&Description {
            name: "sam".to_owned(),
            version: "1.0.0".to_owned(),
            description: String::new(),
            interface_version: "1.0.0".to_owned(),
            hyperparameters,
        })
    }

    fn range(min: f64, max: f64) -> Kind {
        Kind::Real(Range { min: Some(min), max: Some(max), min_excluded: false })
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let good = || entry(range(0.0, 1.0), Value::Real(0.5));
        assert_eq!(verdict(vec![good()]), Ok(()));
        let said = |entries| verdict(entries).expect_err("it makes no sense");
        assert_eq!(said(vec![good(), good()]), "two hyper-parameters are called `radius`");
        assert_eq!(
            said(vec![entry(range(f64::NAN, 1.0), Value::Real(0.5))]),
            "an end of the range of `radius` is NaN (use an infinity for none)"
        );
        assert_eq!(
            said(vec![entry(range(1.0, 0.0), Value::Real(0.5))]),
            "`radius` has the bounds 1 and 0, and nothing between"
        );
        assert_eq!(
            said(vec![entry(range(0.0, 1.0), Value::Real(f64::NAN))]),
            "the default of `radius` is NaN (give it a finite number)"
        );
        assert_eq!(
            said(vec![entry(range(0.0, 1.0), Value::Real(2.0))]),
            "its own default is refused: hyper-parameter `radius` = 2.0 is not allowed (give a number in [0, 1])"
        );
        assert_eq!(
            said(vec![Hyperparameter { name: "a\nb".to_owned(), ..good() }]),
            "the name of a hyper-parameter \"a\\nb\" has control characters"
        );
    }
}
