use crate::schema::{Hyperparameter, Kind, Range, Value};

/// What a plugin says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Name in suites and records.
    pub name: String,
    /// Version of the plugin crate.
    pub version: String,
    /// One paragraph.
    pub description: String,
    /// Version of the plugin interface that it was built against.
    pub interface_version: String,
    /// What can be set.
    pub hyperparameters: Vec<Hyperparameter>,
}

impl Description {
    /// What makes it unusable for everybody, with the remedy: a name that cannot stand in a suite, a number that is none.
    pub(super) fn mistake(&self) -> Option<String> {
        if let Some(mistake) = crate::name::mistake(&self.name) {
            let (name, rule) = (&self.name, crate::name::RULE);
            return Some(format!("its name {name:?} cannot be used: {mistake} (allowed: {rule})"));
        }
        self.hyperparameters.iter().find_map(|entry| {
            let name = &entry.name;
            let bad_default = numbers(&entry.default).into_iter().find(|x| !x.is_finite());
            if let Some(x) = bad_default {
                return Some(format!("the default of `{name}` is {x} (give it a finite number)"));
            }
            let (Kind::Real(Range { min, max, .. }) | Kind::Schedule(Range { min, max, .. })) = entry.kind else {
                return None;
            };
            let nowhere = [min, max].into_iter().flatten().any(f64::is_nan);
            nowhere.then(|| format!("an end of the range of `{name}` is NaN (use an infinity for none)"))
        })
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Real(x) => vec![*x],
        Value::Schedule(schedule) => vec![schedule.from, schedule.to, schedule.until],
        Value::Bool(_) | Value::Integer(_) | Value::Text(_) => Vec::new(),
    }
}
