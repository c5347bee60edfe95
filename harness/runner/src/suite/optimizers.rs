use std::ops::Range;

use flatbench_records::{OptimizerDescription, Parameter};
use toml::de::{DeTable, DeValue};

use super::mistake::suggestion;
use super::model::{Setting, Settings, SuiteOptimizer};
use super::section::{Found, Section};
use super::{settings, value};
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
    let settings = match (description, &name) {
        (Some(description), Some(name)) => settings::read(&mut section, name.get_ref(), description, found),
        _ => {
            section.get("sweep");
            section.get("settings").and(None)
        }
    };
    let exhaustive = section.flag("exhaustive").unwrap_or(false);
    let untuned = section.flag("untuned").unwrap_or(false);
    if untuned
        && let Some(settings) = &settings
        && settings.leave_a_choice()
    {
        let help = "leave out `untuned`, so that tuning chooses, or all settings but one";
        found.add(span, "`untuned` goes with one setting from each start", "", help);
    }
    section.finish(&|key| {
        let known = description?.hyperparameters.iter().any(|parameter| parameter.name == key);
        known.then(|| format!("hyper-parameters stand in settings: settings = [ {{ {key} = .. }} ]"))
    });
    let (description, name, settings) = (description?, name?, settings?);
    if found.count() > before {
        return None;
    }
    Some(SuiteOptimizer { name: name.into_inner(), plugin: description.name.clone(), settings, exhaustive, untuned })
}

/// An optimizer under its own name with one setting, its defaults. `None` if a hyper-parameter has none.
pub(super) fn at_defaults(description: &OptimizerDescription) -> Option<SuiteOptimizer> {
    let value = |parameter: &Parameter| Some((parameter.name.clone(), value::plain(parameter.default.clone()?)));
    let setting = description.hyperparameters.iter().map(value).collect::<Option<Setting>>()?;
    let settings = Settings::everywhere(vec![setting]);
    let (name, plugin) = (description.name.clone(), description.name.clone());
    Some(SuiteOptimizer { name, plugin, settings, exhaustive: false, untuned: false })
}

/// The value of `name` in a table, for pointing at it.
pub(super) fn place_of_name(table: &DeTable<'_>) -> Option<Range<usize>> {
    table.iter().find_map(|(key, value)| match value.get_ref() {
        DeValue::String(_) if key.get_ref() == "name" => Some(value.span()),
        _ => None,
    })
}
