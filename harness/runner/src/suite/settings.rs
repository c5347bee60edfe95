use std::collections::BTreeSet;
use std::ops::Range;

use flatbench_records::{Init, OptimizerDescription};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::axis::{self, Axis, MOST, combinations, multiply};
use super::mistake::suggestion;
use super::model::{Setting, Settings};
use super::section::{Found, Section, describe};
use super::value;

/// What all settings of an `[[optimizer]]` share.
struct Context<'a> {
    name: &'a str,
    description: &'a OptimizerDescription,
    found: &'a Found,
}

/// Reads `settings` of an `[[optimizer]]`: a list, or `{ large = [ .. ], small = [ .. ] }` with one for each start. Without it, the
/// defaults of the plugin. Each stands for as many as there are combinations in `sweep`.
pub(super) fn read(
    section: &mut Section<'_, '_>,
    name: &str,
    description: &OptimizerDescription,
    found: &Found,
) -> Option<Settings> {
    let context = Context { name, description, found };
    let sweeps = section.get("sweep").map_or_else(Sweeps::default, |value| read_sweeps(value, &context));
    let place = section.span.clone();
    match section.get("settings").map(|value| (value.span(), value.get_ref())) {
        None => {
            let defaults = DeTable::new();
            let from = |init| swept(&[(&defaults, place.clone())], sweeps.from(init), &context);
            let [large, small] = Init::STANDARD.map(from);
            Some(Settings { large: large?, small: small? })
        }
        Some((place, DeValue::Table(table))) if is_by_start(table) => {
            let what = format!("the settings of `{name}`");
            let mut starts = Section::new(table, place, &what, found);
            let [large, small] = Init::STANDARD.map(|init| {
                if table.keys().all(|key| key.get_ref() != init.name()) {
                    starts.missing(init.name(), "a list of settings for each start, \"large\" and \"small\"");
                }
                swept(&list(&mut starts, init.name(), found)?, sweeps.from(init), &context)
            });
            starts.finish(&|_| None);
            Some(Settings { large: large?, small: small? })
        }
        Some((place, DeValue::Table(_))) => {
            let allowed = "expected an array of tables, or { large = [ .. ], small = [ .. ] } with one for each start";
            found.add(place, "`settings` is a table", allowed, "");
            None
        }
        Some(_) => {
            let tables = list(section, "settings", found)?;
            let [large, small] = Init::STANDARD.map(|init| swept(&tables, sweeps.from(init), &context));
            Some(Settings { large: large?, small: small? })
        }
    }
}

fn is_by_start(table: &DeTable<'_>) -> bool {
    table.keys().any(|key| key.get_ref().parse::<Init>().is_ok())
}

/// What is swept from each start.
#[derive(Default)]
struct Sweeps<'a, 'i> {
    /// For a large start, then for a small one, as settings have them; nothing where nothing is swept.
    starts: [Sweep<'a, 'i>; 2],
}

#[derive(Default)]
struct Sweep<'a, 'i> {
    place: Range<usize>,
    axes: Vec<Axis<'a, 'i>>,
    /// Every key in it, also those whose values make no sense.
    keys: BTreeSet<&'a str>,
}

impl<'a, 'i> Sweeps<'a, 'i> {
    fn from(&self, init: Init) -> &Sweep<'a, 'i> {
        let [large, small] = &self.starts;
        match init {
            Init::Small => small,
            _ => large,
        }
    }
}

/// `{ radius = [ .. ] }`, or such a table for each start.
fn read_sweeps<'a, 'i>(given: &'a Spanned<DeValue<'i>>, context: &Context<'_>) -> Sweeps<'a, 'i> {
    let DeValue::Table(table) = given.get_ref() else {
        let title = format!("`sweep` is {}", describe(given.get_ref()));
        let form = "expected a table such as { radius = [0.01, 0.1] }, or { large = { .. }, small = { .. } }";
        context.found.add(given.span(), title, form, "");
        return Sweeps::default();
    };
    if !is_by_start(table) {
        return Sweeps { starts: Init::STANDARD.map(|_| read_sweep(table, given.span(), context)) };
    }
    let what = format!("the sweep of `{}`", context.name);
    let mut section = Section::new(table, given.span(), &what, context.found);
    let starts = Init::STANDARD.map(|init| {
        section.get(init.name());
        match axis::entry(table, init.name()).map(|value| (value, value.get_ref())) {
            None => Sweep::default(),
            Some((value, DeValue::Table(table))) => read_sweep(table, value.span(), context),
            Some((value, _)) => {
                section.wrong_type::<()>(init.name(), value, "a table such as { radius = [0.01, 0.1] }");
                Sweep::default()
            }
        }
    });
    section.finish(&|key| {
        let own = context.description.hyperparameters.iter().any(|known| known.name == key);
        own.then(|| format!("it belongs to a start: large = {{ {key} = .. }}"))
    });
    Sweeps { starts }
}

fn read_sweep<'a, 'i>(table: &'a DeTable<'i>, place: Range<usize>, context: &Context<'_>) -> Sweep<'a, 'i> {
    let Context { name, description, found } = context;
    if table.is_empty() {
        found.add(place.clone(), "`sweep` is empty", "at least one hyper-parameter with a list of values", "");
    }
    let mut sweep = Sweep { place, ..Sweep::default() };
    for (key, values) in table {
        let swept = key.get_ref().as_ref();
        let parameter = description.hyperparameters.iter().find(|known| known.name == swept);
        if parameter.is_none() {
            let known = description.hyperparameters.iter().map(|known| known.name.as_str());
            let title = format!("`{name}` has no hyper-parameter `{swept}` to sweep");
            found.add(key.span(), title, "", suggestion(swept, known));
            continue;
        }
        sweep.keys.insert(swept);
        sweep.axes.extend(axis::read(key, values, parameter, found));
    }
    sweep.axes.sort_by_key(|axis| axis.key.span().start);
    sweep
}

/// The tables in the array `key`.
fn list<'a, 'i>(
    section: &mut Section<'a, 'i>,
    key: &str,
    found: &Found,
) -> Option<Vec<(&'a DeTable<'i>, Range<usize>)>> {
    let tables = section.tables(key)?;
    if tables.is_empty() {
        let place = section.get(key).map_or(0..0, Spanned::span);
        found.add(place, format!("`{key}` is empty"), "at least one table; { } stands for the defaults", "");
    }
    Some(tables)
}

/// The settings that tables stand for, each with every combination of a sweep.
fn swept(
    tables: &[(&DeTable<'_>, Range<usize>)],
    sweep: &Sweep<'_, '_>,
    context: &Context<'_>,
) -> Option<Vec<Setting>> {
    let (name, found) = (context.name, context.found);
    let before = found.count();
    for (table, _) in tables {
        let fixed = table.iter().filter(|(key, _)| sweep.keys.contains(key.get_ref().as_ref()));
        for (key, _) in fixed {
            let title = format!("`{}` is both fixed and swept", key.get_ref());
            found.add(key.span(), title, "", "leave it out of the settings, or of the sweep");
        }
    }
    if combinations(&sweep.axes).and_then(|n| n.checked_mul(tables.len())).is_none_or(|n| n > MOST) {
        let allowed = format!("at most {MOST} settings of an optimizer");
        found.add(sweep.place.clone(), "this sweep is too large", allowed, "");
    }
    let whole = sweep.axes.len() == sweep.keys.len() && found.count() == before;
    let mut all: Vec<Setting> = Vec::new();
    for (table, place) in tables {
        // Whatever is wrong with the sweep, the rest of a setting is checked.
        let single = || vec![(*table).clone()];
        let combined = if whole { multiply(table, &sweep.axes) } else { single() };
        for table in &combined {
            let Some(setting) = read_setting(table, place.clone(), &sweep.keys, context) else { continue };
            if whole && all.contains(&setting) {
                let title = format!("optimizer `{name}` has this setting twice");
                found.add(place.clone(), title, "", "defaults are filled in before settings are compared");
            }
            all.push(setting);
        }
    }
    (whole && !all.is_empty()).then_some(all)
}

fn read_setting(
    table: &DeTable<'_>,
    span: Range<usize>,
    swept: &BTreeSet<&str>,
    Context { description, found, .. }: &Context<'_>,
) -> Option<Setting> {
    let before = found.count();
    let what = format!("a setting of `{}`", description.name);
    let mut section = Section::new(table, span, &what, found);
    let mut setting = Setting::new();
    for parameter in &description.hyperparameters {
        let value = match section.get(&parameter.name) {
            Some(given) => value::read(parameter, given, found),
            None => {
                if parameter.default.is_none() && !parameter.optional && !swept.contains(parameter.name.as_str()) {
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
