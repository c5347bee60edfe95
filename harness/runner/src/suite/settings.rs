use std::ops::Range;

use flatbench_records::{Init, OptimizerDescription};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::model::{Setting, Settings};
use super::section::{Found, Section};
use super::value;

/// Reads `settings` of an `[[optimizer]]`: a list, or `{ large = [ .. ], small = [ .. ] }` with one for each start. Without it, the
/// defaults of the plugin.
pub(super) fn read(
    section: &mut Section<'_, '_>,
    name: &str,
    description: &OptimizerDescription,
    found: &Found,
) -> Option<Settings> {
    let by_start = |table: &DeTable<'_>| table.keys().any(|key| key.get_ref().parse::<Init>().is_ok());
    let (place, given) = match section.get("settings") {
        None => {
            let defaults = read_setting(&DeTable::new(), section.span.clone(), description, found)?;
            return Some(Settings::everywhere(vec![defaults]));
        }
        Some(value) => (value.span(), value.get_ref()),
    };
    match given {
        DeValue::Table(table) if by_start(table) => {
            let what = format!("the settings of `{name}`");
            let mut starts = Section::new(table, place, &what, found);
            let mut from = |init: Init| {
                let settings = list(&mut starts, init.name(), name, description, found);
                if table.keys().all(|key| key.get_ref() != init.name()) {
                    starts.missing(init.name(), "a list of settings for each start, \"large\" and \"small\"");
                }
                settings
            };
            let (large, small) = (from(Init::Large), from(Init::Small));
            starts.finish(&|_| None);
            Some(Settings { large: large?, small: small? })
        }
        DeValue::Table(_) => {
            let allowed = "expected an array of tables, or { large = [ .. ], small = [ .. ] } with one for each start";
            found.add(place, "`settings` is a table", allowed, "");
            None
        }
        _ => list(section, "settings", name, description, found).map(Settings::everywhere),
    }
}

/// The settings in the array `key`.
fn list(
    section: &mut Section<'_, '_>,
    key: &str,
    name: &str,
    description: &OptimizerDescription,
    found: &Found,
) -> Option<Vec<Setting>> {
    let tables = section.tables(key)?;
    if tables.is_empty() {
        let place = section.get(key).map_or(0..0, Spanned::span);
        found.add(place, format!("`{key}` is empty"), "at least one table; { } stands for the defaults", "");
    }
    let mut all = Vec::new();
    for (table, place) in tables {
        let Some(setting) = read_setting(table, place.clone(), description, found) else { continue };
        if all.contains(&setting) {
            let title = format!("optimizer `{name}` has this setting twice");
            found.add(place, title, "", "defaults are filled in before settings are compared");
        }
        all.push(setting);
    }
    (!all.is_empty()).then_some(all)
}

fn read_setting(
    table: &DeTable<'_>,
    span: Range<usize>,
    description: &OptimizerDescription,
    found: &Found,
) -> Option<Setting> {
    let before = found.count();
    let what = format!("a setting of `{}`", description.name);
    let mut section = Section::new(table, span, &what, found);
    let mut setting = Setting::new();
    for parameter in &description.hyperparameters {
        let value = match section.get(&parameter.name) {
            Some(given) => value::read(parameter, given, found),
            None => {
                if parameter.default.is_none() && !parameter.optional {
                    section.missing(&parameter.name, &parameter.kind.allowed());
                }
                parameter.default.clone().map(value::plain)
            }
        };
        setting.extend(value.map(|value| (parameter.name.clone(), value)));
    }
    section.finish(&|_| None);
    (found.count() == before).then_some(setting)
}
