use flatbench_plugin::Schedule;
use flatbench_plugin::host::{Hyperparameter, Kind, Unit, Value};

/// One value per hyper-parameter, in absolute units.
pub(crate) type Settings = Vec<(String, Value)>;

/// The defaults, with those in units of 1/λ_max made absolute.
pub(crate) fn defaults(schema: &[Hyperparameter], lambda_max: f64) -> Settings {
    schema.iter().map(|entry| (entry.name.clone(), absolute(entry, lambda_max))).collect()
}

fn absolute(entry: &Hyperparameter, lambda_max: f64) -> Value {
    match (entry.default_unit, &entry.default) {
        (Unit::Absolute, value) => value.clone(),
        (Unit::InverseLambdaMax, Value::Real(x)) => Value::Real(x / lambda_max),
        (Unit::InverseLambdaMax, Value::Integer(n)) => Value::Real(*n as f64 / lambda_max),
        (Unit::InverseLambdaMax, Value::Schedule(s)) => {
            Value::Schedule(Schedule { from: s.from / lambda_max, to: s.to / lambda_max, ..*s })
        }
        (Unit::InverseLambdaMax, value) => value.clone(),
    }
}

/// A setting and the one value in which it differs from the defaults (empty for the defaults themselves).
pub(crate) struct Variant {
    pub(crate) label: String,
    pub(crate) settings: Settings,
}

/// The defaults, and the defaults with each switch flipped, each other word chosen, and each whole number set to 1 and 2 (as far
/// as allowed): the settings in which a method may behave in another way, such as drawing batches.
pub(crate) fn variants(schema: &[Hyperparameter], lambda_max: f64) -> Vec<Variant> {
    let base = defaults(schema, lambda_max);
    let mut all = vec![Variant { label: String::new(), settings: base.clone() }];
    for (index, entry) in schema.iter().enumerate() {
        let others: Vec<Value> = match &entry.kind {
            Kind::Bool => vec![Value::Bool(false), Value::Bool(true)],
            Kind::Integer { .. } => vec![Value::Integer(1), Value::Integer(2)],
            Kind::Choice(words) => words.iter().cloned().map(Value::Text).collect(),
            Kind::Real(_) | Kind::Schedule(_) => Vec::new(),
        };
        for other in others.into_iter().filter(|other| *other != entry.default && entry.check(other).is_ok()) {
            let mut settings = base.clone();
            let label = format!("{} = {other}", entry.name);
            settings[index].1 = other;
            all.push(Variant { label, settings });
        }
    }
    all
}
