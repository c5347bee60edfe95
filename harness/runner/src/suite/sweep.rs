use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::section::{Found, describe};

/// Keys of a case that cannot be swept: the first names the series, the others are lists or tables already.
const FIXED: [&str; 5] = ["name", "init", "start", "crossings", "sweep"];
/// Cases that one `[[case]]` may stand for.
const MOST_CASES: usize = 1000;

/// The cases that a `[[case]]` stands for: itself, or one for every combination of the values in its `sweep`, named after
/// them. The last key of a sweep varies fastest.
///
/// What is wrong with the sweep itself is added to `found`; the values are left to those who read the cases.
pub(super) fn expand<'i>(table: &DeTable<'i>, found: &Found) -> Vec<DeTable<'i>> {
    let Some(sweep) = entry(table, "sweep") else { return vec![table.clone()] };
    let Some(axes) = read_axes(table, sweep, found) else { return Vec::new() };
    let combinations = axes.iter().try_fold(1_usize, |product, (_, values)| product.checked_mul(values.len()));
    if combinations.is_none_or(|n| n > MOST_CASES) {
        found.add(sweep.span(), "this sweep is too large", format!("at most {MOST_CASES} combinations"), "");
        return Vec::new();
    }
    let mut base = table.clone();
    base.remove("sweep");
    let stem = entry(table, "name").or_else(|| entry(table, "family"));
    let (stem, place) = match stem.map(|value| (value.get_ref(), value.span())) {
        Some((DeValue::String(text), place)) => (Some(text.to_string()), place),
        Some((_, place)) => (None, place),
        None => (None, sweep.span()),
    };
    let mut cases = vec![(stem, base)];
    for (key, values) in axes {
        cases = cases
            .iter()
            .flat_map(|(stem, case)| values.iter().map(move |value| (stem, case, value)))
            .map(|(stem, case, value)| {
                let mut case = case.clone();
                case.insert(key.clone(), value.clone());
                let stem = stem.as_ref().map(|stem| format!("{stem}-{}={}", key.get_ref(), text_of(value.get_ref())));
                (stem, case)
            })
            .collect();
    }
    cases.into_iter().map(|(stem, case)| named(case, stem, place.clone())).collect()
}

type Axis<'a, 'i> = (&'a Spanned<Cow<'i, str>>, &'a [Spanned<DeValue<'i>>]);

/// Keys with their values, in the order of the file.
fn read_axes<'a, 'i>(table: &DeTable<'i>, sweep: &'a Spanned<DeValue<'i>>, found: &Found) -> Option<Vec<Axis<'a, 'i>>> {
    let before = found.count();
    let DeValue::Table(keys) = sweep.get_ref() else {
        let title = format!("`sweep` is {}", describe(sweep.get_ref()));
        found.add(sweep.span(), title, "expected a table such as { rank = [1, 2], measurements = [60, 90] }", "");
        return None;
    };
    if keys.is_empty() {
        found.add(sweep.span(), "`sweep` is empty", "at least one key with a list of values", "");
    }
    let mut axes = Vec::new();
    for (key, values) in keys {
        let name = key.get_ref().as_ref();
        if FIXED.contains(&name) {
            found.add(
                key.span(),
                format!("`{name}` cannot be swept"),
                "a parameter of the family, `init_scale` or `budget`",
                "",
            );
        } else if entry(table, name).is_some() {
            found.add(key.span(), format!("`{name}` is both given and swept"), "", "leave it out of the case itself");
        }
        match values.get_ref() {
            DeValue::Array(list) if !list.is_empty() => axes.push((key, &**list)),
            other => {
                let title = match other {
                    DeValue::Array(_) => format!("`{name}` is swept over nothing"),
                    other => format!("`{name}` is {}", describe(other)),
                };
                found.add(values.span(), title, "expected a list of values", "");
            }
        }
    }
    axes.sort_by_key(|(key, _)| key.span().start);
    (found.count() == before).then_some(axes)
}

fn entry<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> Option<&'a Spanned<DeValue<'i>>> {
    table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value)
}

/// A value as it stands in a name.
fn text_of(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Integer(n) => n.as_str().to_owned(),
        DeValue::Float(x) => x.as_str().to_owned(),
        DeValue::Boolean(b) => b.to_string(),
        DeValue::String(text) => text.to_string(),
        // Of the wrong type wherever it stands, as whoever reads the case will say.
        _ => String::new(),
    }
}

fn named<'i>(mut case: DeTable<'i>, name: Option<String>, place: Range<usize>) -> DeTable<'i> {
    if let Some(name) = name {
        case.remove("name");
        let key = Spanned::new(place.clone(), Cow::Borrowed("name"));
        case.insert(key, Spanned::new(place, DeValue::String(Cow::Owned(name))));
    }
    case
}
