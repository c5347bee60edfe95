//! Why a run of an archive has no partner.

use std::collections::BTreeMap;

use flatbench_records::{READING_KEYS, Record, Value};

use super::spot::{Spot, start};
use crate::numbers::{list, short};

/// Parameters of which a line says how they differ; of more, how many there are.
const NAMED: usize = 3;

/// Starts that are further apart than rounding takes them, as a fraction.
const ROUNDING: f64 = 1e-9;

/// What keeps a record from being compared at a spot of the same seed and start.
pub(super) fn at_spot(record: &Record, spot: &Spot) -> Option<String> {
    if record.budget != spot.budget {
        return Some(format!("budget {} there, {} here", record.budget, spot.budget));
    }
    if record.stop_at_loss != spot.stop_at_loss {
        let said = |stop: Option<f64>| stop.map_or("none".to_owned(), |stop| format!("{stop:e}"));
        return Some(format!("stop_at_loss {} there, {} here", said(record.stop_at_loss), said(spot.stop_at_loss)));
    }
    let [there, here] = [start(record)?, spot.start?];
    let apart = |(a, b): (&f64, &f64)| (a - b).abs() > ROUNDING * a.abs().max(b.abs());
    let which = there.iter().zip(&here).position(|(a, b)| apart((a, b)))?;
    let (name, (a, b)) = (["loss", "tr H"].get(which)?, (there.get(which)?, here.get(which)?));
    Some(format!("another start: its {name} is {} there, {} here", short(*a), short(*b)))
}

/// The same where no spot has the seed and the start of the record; `case` are the spots of the case of its name.
pub(super) fn elsewhere(record: &Record, case: &[&Spot]) -> String {
    let Some(first) = case.first() else { return "not among the cases here".to_owned() };
    if record.family != first.family {
        return format!("family {} there, {} here", record.family, first.family);
    }
    if let Some(differing) = parameters(&record.family_parameters, &first.parameters) {
        return differing;
    }
    if record.suite != first.suite {
        return format!(
            "instances of the suite `{}` there, of `{}` here (seeds are drawn from its name)",
            record.suite, first.suite
        );
    }
    if !case.iter().any(|spot| spot.init == record.init) {
        return format!("the {} start is there alone", record.init.name());
    }
    match case.iter().any(|spot| spot.repetition == record.repetition) {
        true => "other instances, drawn from other seeds".to_owned(),
        false => "further repetitions are there alone".to_owned(),
    }
}

/// How the parameters of a case differ; older records have none.
fn parameters(there: &BTreeMap<String, Value>, here: &BTreeMap<String, Value>) -> Option<String> {
    if there.is_empty() || here.is_empty() {
        return None;
    }
    let names: std::collections::BTreeSet<&String> = there.keys().chain(here.keys()).collect();
    let said = |of: &BTreeMap<String, Value>, name: &str| match of.get(name) {
        // Of a content hash the beginning tells enough.
        Some(Value::Text(text)) if text.len() > 16 => text.chars().take(12).collect(),
        Some(value) => value.to_string(),
        None => "none".to_owned(),
    };
    let differ = names.into_iter().filter(|name| !is_about_a_file(name) && there.get(*name) != here.get(*name));
    let mut words: Vec<String> =
        differ.map(|name| format!("{name} {} there, {} here", said(there, name), said(here, name))).collect();
    let more = words.len().saturating_sub(NAMED);
    words.truncate(NAMED);
    if more > 0 {
        words.push(format!("{more} more parameters"));
    }
    (!words.is_empty()).then(|| list(&words))
}

/// Whether a parameter says where data come from or how they are read, and nothing of what they are, which their hash does.
fn is_about_a_file(name: &str) -> bool {
    name == "file" || READING_KEYS.contains(&name)
}
