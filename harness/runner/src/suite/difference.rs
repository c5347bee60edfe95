use toml::{Table, Value};

/// What differs between two resolved suites, one line per value: `case[x].measurements: 240 -> 180`.
///
/// A text that is no TOML differs as a whole.
pub fn differences(old: &str, new: &str) -> Vec<String> {
    let (Ok(old), Ok(new)) = (old.parse::<Table>(), new.parse::<Table>()) else {
        return if old == new { Vec::new() } else { vec!["the old suite cannot be read".into()] };
    };
    let mut lines = Vec::new();
    compare("", Some(&Value::Table(old)), Some(&Value::Table(new)), &mut lines);
    lines
}

fn compare(path: &str, old: Option<&Value>, new: Option<&Value>, lines: &mut Vec<String>) {
    match (old, new) {
        (Some(Value::Table(old)), Some(Value::Table(new))) => {
            let inner = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            for (key, value) in old {
                compare(&inner(key), Some(value), new.get(key), lines);
            }
            for (key, value) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
                compare(&inner(key), None, Some(value), lines);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if named(old) && named(new) => {
            for item in old {
                let twin = new.iter().find(|other| name(other) == name(item));
                compare(&format!("{path}[{}]", name(item)), Some(item), twin, lines);
            }
            for item in new.iter().filter(|item| old.iter().all(|other| name(other) != name(item))) {
                compare(&format!("{path}[{}]", name(item)), None, Some(item), lines);
            }
        }
        (old, new) if old == new => {}
        (Some(_), None) => lines.push(format!("{path}: removed")),
        (None, Some(_)) => lines.push(format!("{path}: added")),
        (Some(old), Some(new)) => lines.push(format!("{path}: {} -> {}", short(old), short(new))),
        (None, None) => {}
    }
}

fn named(items: &[Value]) -> bool {
    !items.is_empty() && items.iter().all(|item| !name(item).is_empty())
}

fn name(item: &Value) -> &str {
    item.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 { text } else { text.chars().take(57).chain("...".chars()).collect() }
}
