use std::collections::BTreeMap;
use std::ops::Range;

use flatbench_records::{OptimizerDescription, Parameter, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::suggestion;
use super::model::SuiteOptimizer;
use super::section::{Found, Section};
use super::value;
use crate::plugins::Plugin;

/// Reads one `[[optimizer]]`. With `complete` false some plugin could not be loaded, which is reported elsewhere, so an
/// unknown name is no mistake of the suite.
pub(super) fn read(
    table: &DeTable<'_>,
    span: Range<usize>,
    plugins: &[Plugin],
    complete: bool,
    found: &Found,
) -> Option<SuiteOptimizer> {
    let before = found.count();
    let mut section = Section::new(table, span.clone(), "an [[optimizer]]", found);
    let name = section.name("name");
    if table.keys().all(|key| key.get_ref() != "name") {
        section.missing("name", "the name of a plugin, or any name with a `plugin`");
    }
    let plugin = section.text("plugin").or(name.clone());
    let settings = section.tables("settings");
    let settings_place = section.get("settings").map(Spanned::span);
    let description = plugin.as_ref().and_then(|wanted| {
        let known = plugins.iter().find(|plugin| plugin.description.name == *wanted.get_ref());
        if known.is_none() && complete {
            let names = plugins.iter().map(|plugin| plugin.description.name.as_str());
            let help = match plugins.is_empty() {
                true => "no plugin is loaded: run in the source tree, or give libraries with --plugin PATH".into(),
                false => suggestion(wanted.get_ref(), names),
            };
            found.add(wanted.span(), format!("unknown optimizer `{}`", wanted.get_ref()), "", help);
        }
        known.map(|plugin| &plugin.description)
    });
    section.finish(&|key| {
        let known = description?.hyperparameters.iter().any(|parameter| parameter.name == key);
        known.then(|| format!("hyper-parameters stand in settings: settings = [ {{ {key} = .. }} ]"))
    });
    let (description, name) = (description?, name?);
    let mut all = Vec::new();
    match settings {
        Some(tables) if tables.is_empty() => {
            found.add(settings_place?, "`settings` is empty", "at least one table; { } stands for the defaults", "");
        }
        Some(tables) => {
            for (setting, place) in tables {
                let Some(resolved) = read_setting(setting, place.clone(), description, found) else { continue };
                if all.contains(&resolved) {
                    let title = format!("optimizer `{}` has this setting twice", name.get_ref());
                    found.add(place, title, "", "defaults are filled in before settings are compared");
                }
                all.push(resolved);
            }
        }
        None => all.extend(read_setting(&DeTable::new(), span, description, found)),
    }
    if found.count() > before {
        return None;
    }
    Some(SuiteOptimizer { name: name.into_inner(), plugin: description.name.clone(), settings: all })
}

fn read_setting(
    table: &DeTable<'_>,
    span: Range<usize>,
    description: &OptimizerDescription,
    found: &Found,
) -> Option<BTreeMap<String, Value>> {
    let before = found.count();
    let what = format!("a setting of `{}`", description.name);
    let mut section = Section::new(table, span, &what, found);
    let mut setting = BTreeMap::new();
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

/// An optimizer under its own name with one setting, its defaults. `None` if a hyper-parameter has none.
pub(super) fn at_defaults(description: &OptimizerDescription) -> Option<SuiteOptimizer> {
    let value = |parameter: &Parameter| Some((parameter.name.clone(), value::plain(parameter.default.clone()?)));
    let setting = description.hyperparameters.iter().map(value).collect::<Option<BTreeMap<_, _>>>()?;
    Some(SuiteOptimizer { name: description.name.clone(), plugin: description.name.clone(), settings: vec![setting] })
}

/// The value of `name` in a table, for pointing at it.
pub(super) fn place_of_name(table: &DeTable<'_>) -> Option<Range<usize>> {
    table.iter().find_map(|(key, value)| match value.get_ref() {
        DeValue::String(_) if key.get_ref() == "name" => Some(value.span()),
        _ => None,
    })
}
