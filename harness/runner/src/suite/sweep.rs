use std::borrow::Cow;
use std::ops::Range;

use flatbench_records::FamilyDescription;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::axis::{self, Axis, MOST, combinations, entry, multiply, text_of};
use super::section::{Found, describe};

/// Keys of a case that cannot be swept: the first names the series, the others are lists or tables already.
const FIXED: [&str; 5] = ["name", "init", "start", "crossings", "sweep"];

/// Hands over the cases that a `[[case]]` stands for: itself, or one for every combination of the values in its `sweep`, named after
/// them. The last key of a sweep varies fastest.
///
/// What is wrong with the sweep itself is added to `found`; the values are left to those who read the cases.
pub(super) fn expand(
    table: &DeTable<'_>,
    families: &[FamilyDescription],
    found: &Found,
    read: &mut dyn FnMut(&DeTable<'_>),
) {
    let Some(sweep) = entry(table, "sweep") else { return read(table) };
    let Some(axes) = read_axes(table, sweep, families, found) else { return };
    if combinations(&axes).is_none_or(|n| n > MOST) {
        found.add(sweep.span(), "this sweep is too large", format!("at most {MOST} combinations"), "");
        return;
    }
    let mut base = table.clone();
    base.remove("sweep");
    let stem = entry(table, "name").or_else(|| entry(table, "family"));
    let (stem, place) = match stem.map(|value| (value.get_ref(), value.span())) {
        Some((DeValue::String(text), place)) => (Some(text.as_ref()), place),
        Some((_, place)) => (None, place),
        None => (None, sweep.span()),
    };
    for case in multiply(&base, &axes) {
        let value = |axis: &Axis| {
            let key = axis.key.get_ref().as_ref();
            Some(format!("-{key}={}", text_of(entry(&case, key)?.get_ref())))
        };
        let name = stem.map(|stem| stem.to_owned() + &axes.iter().filter_map(value).collect::<String>());
        read(&named(case, name, place.clone()));
    }
}

/// Keys with their values, in the order of the file.
fn read_axes<'a, 'i>(
    table: &DeTable<'i>,
    sweep: &'a Spanned<DeValue<'i>>,
    families: &[FamilyDescription],
    found: &Found,
) -> Option<Vec<Axis<'a, 'i>>> {
    let before = found.count();
    let DeValue::Table(keys) = sweep.get_ref() else {
        let title = format!("`sweep` is {}", describe(sweep.get_ref()));
        found.add(sweep.span(), title, "expected a table such as { rank = [1, 2], measurements = [60, 90] }", "");
        return None;
    };
    if keys.is_empty() {
        found.add(sweep.span(), "`sweep` is empty", "at least one key with a list of values", "");
    }
    let family =
        entry(table, "family").and_then(|name| families.iter().find(|f| Some(&*f.name) == name.get_ref().as_str()));
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
        let parameter = family.and_then(|family| family.parameters.iter().find(|known| known.name == name));
        axes.extend(axis::read(key, values, parameter, found));
    }
    axes.sort_by_key(|axis| axis.key.span().start);
    (found.count() == before).then_some(axes)
}

fn named<'i>(mut case: DeTable<'i>, name: Option<String>, place: Range<usize>) -> DeTable<'i> {
    if let Some(name) = name {
        case.remove("name");
        let key = Spanned::new(place.clone(), Cow::Borrowed("name"));
        case.insert(key, Spanned::new(place, DeValue::String(Cow::Owned(name))));
    }
    case
}
