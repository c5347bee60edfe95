use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use flatbench_records::{FamilyDescription, Init, ParameterKind, Point, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::given;
use super::mistake::suggestion;
use super::model::SuiteCase;
use super::section::{Found, Section};
use super::starts::read_start;
use super::value;
use crate::Catalog;

/// What all cases share.
pub(super) struct Context<'a> {
    pub(super) catalog: &'a dyn Catalog,
    pub(super) data_root: &'a Path,
    pub(super) default_budget: Option<f64>,
    pub(super) default_stop: Option<f64>,
    pub(super) default_crossings: Vec<f64>,
    pub(super) found: &'a Found,
}

/// Reads one `[[case]]`, and returns it with the warnings of its family.
pub(super) fn read(table: &DeTable<'_>, span: Range<usize>, context: &Context<'_>) -> Option<(SuiteCase, Vec<String>)> {
    let found = context.found;
    let before = found.count();
    let mut section = Section::new(table, span.clone(), "a [[case]]", found);
    let family = section.text("family");
    let name = section.name("name");
    let given_start = given::read(&mut section, context.data_root, found);
    let start = read_start(&mut section, found);
    let seeds = section.repetitions("seeds");
    let budget = section.positive("budget");
    let stop_at_loss = section.fraction("stop_at_loss");
    let crossings = section.fractions("crossings");
    if table.keys().all(|key| key.get_ref() != "budget") && context.default_budget.is_none() {
        section.missing("budget", "a number of full-gradient equivalents, here or at the top of the suite");
    }
    let families = context.catalog.families();
    let names = || families.iter().map(|family| family.name.as_str());
    let Some(family) = family else {
        if table.keys().all(|key| key.get_ref() != "family") {
            section.missing("family", &format!("one of {}", names().collect::<Vec<_>>().join(", ")));
        }
        return None;
    };
    let Some(description) = families.iter().find(|known| known.name == *family.get_ref()) else {
        let title = format!("unknown family `{}`", family.get_ref());
        found.add(family.span(), title, "", suggestion(family.get_ref(), names()));
        return None;
    };
    if let (Some(start), Some(reason)) = (&start, description.no_spectral_start())
        && start.inits.contains(&Init::Spectral)
    {
        let title = format!("`{}` has no spectral start", description.name);
        let place = place_of(table, "init").unwrap_or(family.span());
        found.add(place, title, reason, "leave \"spectral\" out of `init`");
    }
    if let (Some(start), Some(_)) = (&given_start, stop_at_loss.or(context.default_stop))
        && start.declared.point == Some(Point::Limit)
    {
        let title = "runs that start at a limit cannot stop at a loss";
        let place = place_of(table, "start").unwrap_or(family.span());
        found.add(place, title, "a zero-loss point is below every `stop_at_loss`", "leave one of them out");
    }
    let given = read_parameters(&mut section, description, found);
    section.finish(&|key| elsewhere(key, families));
    if found.count() > before {
        return None;
    }
    let file = description.parameters.iter().find(|p| p.kind == ParameterKind::File && given.contains_key(&p.name));
    if let Some(file) = file.filter(|_| context.data_root.to_str().is_none()) {
        // The resolved suite names it by its absolute path, in a TOML file, which is UTF-8.
        let title = format!("`{}` is below a folder whose name is no UTF-8", file.name);
        let place = place_of(table, &file.name).unwrap_or(span);
        found.add(place, title, "a data file has to be named in suite.toml", "rename the folder, or work elsewhere");
        return None;
    }
    match context.catalog.check_case(&description.name, &given, context.data_root) {
        Ok(checked) => {
            let name = name.map_or_else(|| description.name.clone(), Spanned::into_inner);
            let warnings = checked.warnings.iter().map(|warning| format!("case `{name}`: {warning}")).collect();
            let case = SuiteCase {
                name,
                family: description.name.clone(),
                identity: checked.identity(description),
                declared: declare(description, checked.parameters.clone(), context.data_root),
                parameters: checked.parameters,
                data_hash: checked.data_hash,
                reading: checked.reading,
                work: checked.work,
                inits: start.as_ref()?.inits.clone(),
                init_scale: start?.scale,
                start: given_start,
                seeds,
                budget: budget.or(context.default_budget)?,
                stop_at_loss: stop_at_loss.or(context.default_stop),
                crossings: crossings.unwrap_or_else(|| context.default_crossings.clone()),
            };
            Some((case, warnings))
        }
        Err(mistakes) => {
            for mistake in mistakes {
                let place = mistake.parameter.as_deref().and_then(|parameter| place_of(table, parameter));
                let title = match &mistake.parameter {
                    Some(parameter) => format!("`{parameter}` does not fit the case"),
                    None => format!("this {} case makes no sense", description.name),
                };
                found.add(place.unwrap_or(family.span()), title, mistake.message, "");
            }
            None
        }
    }
}

/// The name that a case will have, without checking anything else.
pub(super) fn name_in<'a>(table: &'a DeTable<'_>) -> Option<&'a str> {
    let text = |wanted: &str| {
        table.iter().find_map(|(key, value)| match value.get_ref() {
            DeValue::String(text) if key.get_ref() == wanted => Some(text.as_ref()),
            _ => None,
        })
    };
    text("name").or_else(|| text("family"))
}

fn read_parameters(
    section: &mut Section<'_, '_>,
    description: &FamilyDescription,
    found: &Found,
) -> BTreeMap<String, Value> {
    let mut given = BTreeMap::new();
    for parameter in &description.parameters {
        match section.get(&parameter.name) {
            Some(value) => {
                if let Some(value) = value::read(parameter, value, found) {
                    given.insert(parameter.name.clone(), value);
                }
            }
            None if parameter.default.is_none() && !parameter.optional => {
                section.missing(&parameter.name, &parameter.kind.allowed());
            }
            None => {}
        }
    }
    given
}

/// Parameters as the resolved suite names them: data files by absolute path, so that it works from anywhere.
fn declare(
    description: &FamilyDescription,
    mut parameters: BTreeMap<String, Value>,
    data_root: &Path,
) -> BTreeMap<String, Value> {
    for file in description.parameters.iter().filter(|parameter| parameter.kind == ParameterKind::File) {
        if let Some(Value::Text(path)) = parameters.get_mut(&file.name) {
            *path = data_root.join(&*path).to_string_lossy().into_owned();
        }
    }
    parameters
}

/// Which families take a key that this one does not, and what it is there.
fn elsewhere(key: &str, families: &[FamilyDescription]) -> Option<String> {
    let of = |family: &FamilyDescription| family.parameters.iter().find(|parameter| parameter.name == key).cloned();
    let takers: Vec<_> = families.iter().filter_map(|family| Some((family.name.as_str(), of(family)?))).collect();
    let (_, first) = takers.first()?;
    let names: Vec<&str> = takers.iter().map(|(name, _)| *name).collect();
    Some(format!("a parameter of {} alone: {}", names.join(", "), first.description))
}

pub(super) fn place_of(table: &DeTable<'_>, key: &str) -> Option<Range<usize>> {
    table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value.span())
}
