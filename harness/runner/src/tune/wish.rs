use flatbench_records::{Parameter, ParameterKind, Value};

use super::axis::{Axis, Span, between};
use crate::suite::literal_values;

/// What somebody wants tried of one hyper-parameter, in place of what its description says: `NAME.PARAMETER=1e-3..10 log`,
/// `NAME.PARAMETER=[1, 4, 16]`, or one value, which is then fixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Optimizer, by its name in the suite.
    pub optimizer: String,
    /// Hyper-parameter.
    pub parameter: String,
    /// Values, as they were written.
    pub values: String,
}

/// What a wish comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Granted {
    Search(Axis),
    Fixed(Value),
}

impl std::str::FromStr for Wish {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(place, values)| {
            // Names of optimizers may have dots, those of hyper-parameters are identifiers.
            let (optimizer, parameter) = place.trim().rsplit_once('.')?;
            let wish = [optimizer, parameter, values].map(|part| part.trim().to_owned());
            wish.iter().all(|part| !part.is_empty()).then_some(wish)
        });
        let [optimizer, parameter, values] = parts.ok_or_else(|| {
            "expected OPTIMIZER.PARAMETER=VALUES, VALUES being `1e-3..10 log`, `0..1 linear`, `[1, 4, 16]` or one value".to_owned()
        })?;
        Ok(Wish { optimizer, parameter, values })
    }
}

impl std::fmt::Display for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}={}", self.optimizer, self.parameter, self.values)
    }
}

impl Wish {
    /// Reads the values as those of a hyper-parameter.
    pub(super) fn grant(&self, parameter: &Parameter) -> Result<Granted, String> {
        if let Some((low, rest)) = self.values.split_once("..").filter(|(low, _)| !low.contains(['[', '{', '"', '\'']))
        {
            return self.range(parameter, low, rest).map(Granted::Search);
        }
        let mut values = literal_values(parameter, &self.values)?;
        if matches!(parameter.kind, ParameterKind::Schedule { .. }) && !self.values.contains('{') {
            // A number alone is what it is in a range: in the unit of the default, with its curve.
            let whole = Axis::over(parameter, Span::Among(Vec::new()));
            let of = |value: Value| value.as_schedule().map_or(value, |curve| whole.value(curve.from));
            values = values.into_iter().map(of).collect();
        }
        if values.len() == 1 {
            return Ok(Granted::Fixed(values.swap_remove(0)));
        }
        let twice =
            values.iter().enumerate().find(|(place, value)| values.iter().take(*place).any(|other| other == *value));
        if let Some((_, value)) = twice {
            return Err(format!("{value} is listed twice"));
        }
        Ok(Granted::Search(Axis::over(parameter, Span::Among(values))))
    }

    fn range(&self, parameter: &Parameter, low: &str, rest: &str) -> Result<Axis, String> {
        let kind = match &parameter.kind {
            ParameterKind::Integer { .. } | ParameterKind::Real { .. } => parameter.kind.clone(),
            // The ends are numbers, not schedules.
            &ParameterKind::Schedule { min, max, min_excluded } => ParameterKind::Real { min, max, min_excluded },
            other => return Err(format!("`{}` has no range: it is {}", parameter.name, other.allowed())),
        };
        let (high, scale) = match rest.trim().split_once(char::is_whitespace) {
            Some((high, scale)) => (high, Some(scale.trim())),
            None => (rest.trim(), None),
        };
        let ends = Parameter { kind, ..parameter.clone() };
        let end = |text: &str| match literal_values(&ends, text.trim())?.as_slice() {
            [value] => value.as_real().ok_or_else(|| format!("`{}` is no number", text.trim())),
            _ => Err(format!("`{}` is no number", text.trim())),
        };
        let (low, high) = (end(low)?, end(high)?);
        if low >= high {
            return Err(format!("the range from {low} to {high} is empty: the smaller end comes first"));
        }
        let span = match (scale, parameter.log_scale) {
            (Some("log"), _) | (None, true) if low <= 0.0 => {
                return Err(format!(
                    "a logarithmic scale cannot begin at {low} (begin above 0, or write `linear` behind the range)"
                ));
            }
            (Some("log"), _) | (None, true) => Span::Logarithmic { low, high },
            (Some("linear"), _) => Span::Linear { low, high },
            (None, false) => match &parameter.kind {
                ParameterKind::Integer { .. } => Span::Linear { low, high },
                _ => between(Some(low), Some(high))?,
            },
            (Some(other), _) => return Err(format!("`{other}` is no scale (log or linear)")),
        };
        Ok(Axis::over(parameter, span))
    }
}
