use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use flatbench_records::{INTERPOLATION, Init, Rule};
use toml::de::{DeTable, DeValue};

use super::mistake::{SuiteMistake, SuiteMistakes, suggestion};
use super::model::{Suite, SuiteCase, SuiteOptimizer, Tuning};
use super::section::{Found, Section};
use super::{cases, measure, optimizers, published, sweep, value};
use crate::Catalog;
use crate::plugins::Plugin;

/// Evaluation repetitions where a suite names none.
const DEFAULT_SEEDS: u32 = 3;
/// Seconds per run where a suite names no limit.
const DEFAULT_TIME_LIMIT: f64 = 600.0;
/// Seconds that measuring a run may take.
const DEFAULT_MEASURING_LIMIT: f64 = 600.0;

/// Runs beyond which a suite says how many they are.
const MANY_RUNS: usize = 10_000;

/// The text of a suite.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// File, as it is to be named in mistakes.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Folder that data files are relative to.
    pub data_root: &'a Path,
}

impl Source<'_> {
    /// Checks that the text is TOML at all, which needs neither families nor plugins.
    ///
    /// # Errors
    /// Every place where it is not.
    pub fn check_syntax(&self) -> Result<(), SuiteMistakes> {
        let (_, errors) = DeTable::parse_recoverable(self.text);
        if errors.is_empty() { Ok(()) } else { Err(mistakes_in(*self, syntax_mistakes(&errors))) }
    }
}

fn syntax_mistakes(errors: &[toml::de::Error]) -> Vec<SuiteMistake> {
    let mistake = |error: &toml::de::Error| {
        let title = error.message().split('\n').next().unwrap_or_default().to_owned();
        SuiteMistake { span: error.span().unwrap_or(0..0), title, allowed: String::new(), help: String::new() }
    };
    errors.iter().map(mistake).collect()
}

impl Suite {
    /// Checks a suite against the families of `catalog` and the optimizers of `plugins`.
    ///
    /// `complete` says that every plugin asked for could be loaded; otherwise an unknown optimizer is no mistake of the
    /// suite, since the plugin's own error tells it. (Such a suite lacks those optimizers and must not be run.)
    ///
    /// # Errors
    /// Every mistake of the file, at once.
    pub fn check(
        source: Source<'_>,
        catalog: &dyn Catalog,
        plugins: &[Plugin],
        complete: bool,
    ) -> Result<Suite, SuiteMistakes> {
        let found = Found::default();
        let (document, errors) = DeTable::parse_recoverable(source.text);
        if !errors.is_empty() {
            return Err(mistakes_in(source, syntax_mistakes(&errors)));
        }
        let suite = read(document.get_ref(), source, catalog, plugins, complete, &found);
        let mistakes = found.into_mistakes();
        match suite {
            Some(suite) if mistakes.is_empty() => Ok(suite),
            _ => Err(mistakes_in(source, mistakes)),
        }
    }
}

fn mistakes_in(source: Source<'_>, mistakes: Vec<SuiteMistake>) -> SuiteMistakes {
    SuiteMistakes { path: source.path.to_owned(), text: source.text.to_owned(), mistakes }
}

fn read(
    document: &DeTable<'_>,
    source: Source<'_>,
    catalog: &dyn Catalog,
    plugins: &[Plugin],
    complete: bool,
    found: &Found,
) -> Option<Suite> {
    let mut section = Section::new(document, 0..0, "the suite", found);
    let name = section.name("name");
    if document.keys().all(|key| key.get_ref() != "name") {
        section.missing("name", "a name, which is also the name of the run directory");
    }
    let description = section.text("description");
    let default_budget = section.positive("budget");
    let default_stop = section.fraction("stop_at_loss");
    let crossings = section.fractions("crossings");
    let seeds = section.repetitions("seeds").unwrap_or(DEFAULT_SEEDS);
    let time_limit = section.positive("time_limit").unwrap_or(DEFAULT_TIME_LIMIT);
    let measuring_limit = section.positive("measuring_limit").unwrap_or(DEFAULT_MEASURING_LIMIT);
    let baseline = section.text("baseline");
    let tuning_table = section.get("tuning");
    let case_tables = section.tables("case");
    let tuning = tuning_table.and_then(|value| match value.get_ref() {
        DeValue::Table(table) => {
            let cases = case_tables.iter().flatten().filter_map(|(table, _)| cases::name_in(table));
            Some(read_tuning(table, value.span(), &cases.collect::<Vec<_>>(), found))
        }
        _ => section.wrong_type("tuning", value, "a table with `seeds`, `rule` and `cases`"),
    });
    let measure = section.get("measure").and_then(|value| match value.get_ref() {
        DeValue::Table(table) => Some(measure::read(table, value.span(), found)),
        _ => section.wrong_type("measure", value, "a table with `checkpoints`, `nearest` and `spectrum`"),
    });
    let optimizer_tables = section.tables("optimizer");
    let published_tables = section.tables("published");
    for (key, tables) in [("case", &case_tables), ("optimizer", &optimizer_tables)] {
        let absent = document.keys().all(|name| name.get_ref() != key);
        if absent || tables.as_ref().is_some_and(Vec::is_empty) {
            found.add(0..0, format!("the plan is empty: no [[{key}]]"), format!("at least one [[{key}]]"), "");
        }
    }
    section.finish(&|_| None);

    let default_crossings = crossings.unwrap_or_default();
    let context =
        cases::Context { catalog, data_root: source.data_root, default_budget, default_stop, default_crossings, found };
    let mut warnings = Vec::new();
    let mut checked: Vec<SuiteCase> = Vec::new();
    let mut starts: BTreeMap<String, Range<usize>> = BTreeMap::new();
    for (table, span) in case_tables.unwrap_or_default() {
        sweep::expand(table, catalog.families(), found, &mut |table| {
            let Some((case, more)) = cases::read(table, span.clone(), &context) else { return };
            let place = optimizers::place_of_name(table).unwrap_or(span.clone());
            reject_twin(&checked, &case, place, found);
            warnings.extend(more);
            starts.extend(cases::place_of(table, "start").map(|place| (case.name.clone(), place)));
            checked.push(case);
        });
    }

    if let Some((measure, span)) = &measure {
        measure::reject_too_many(measure, span, &checked, found);
    }

    let mut listed: Vec<(SuiteOptimizer, Range<usize>)> = Vec::new();
    let mut names = Vec::new();
    for (table, span) in optimizer_tables.unwrap_or_default() {
        let place = optimizers::place_of_name(table).unwrap_or(span.clone());
        names.extend(source.text.get(place.clone()).map(|quoted| quoted.trim_matches(['"', '\'']).to_owned()));
        let Some(optimizer) = optimizers::read(table, span, plugins, complete, found) else { continue };
        if listed.iter().any(|(other, _)| other.name == optimizer.name) {
            let title = format!("two optimizers are named `{}`", optimizer.name);
            found.add(place.clone(), title, "", "give one another `name` and set its `plugin`");
        }
        listed.push((optimizer, place));
    }
    if let Some(Some(_)) = tuning {
        reject_unequal(&listed, found);
    }
    if let Some(baseline) = &baseline
        && !names.contains(baseline.get_ref())
    {
        let title = format!("the baseline `{}` is no optimizer of this suite", baseline.get_ref());
        found.add(baseline.span(), title, "", suggestion(baseline.get_ref(), names.iter().map(String::as_str)));
    }
    let optimizers: Vec<_> = listed.into_iter().map(|(optimizer, _)| optimizer).collect();
    let nearest = measure.as_ref().is_some_and(|(measure, _)| measure.nearest);
    let context = published::Context {
        nearest,
        cases: &checked,
        optimizers: &optimizers,
        names: &names,
        tuned: tuning_table.is_some(),
        found,
    };
    let published = published_tables.unwrap_or_default().into_iter();
    let published = published.filter_map(|(table, span)| published::read(table, span, &context)).collect();
    let tuning = tuning.flatten();
    let choice = optimizers.iter().any(|optimizer| optimizer.settings.leave_a_choice());
    if choice && tuning.as_ref().is_some_and(|tuning| tuning.rule == Rule::Oracle) {
        let text = "settings are chosen by `oracle`, which knows the ground truth: this bounds what tuning could do";
        warnings.push(text.to_owned());
    }
    let early = |case: &&SuiteCase| case.stop_at_loss.is_some_and(|stop| stop > INTERPOLATION);
    if choice
        && tuning.as_ref().is_some_and(|tuning| tuning.rule == Rule::Train)
        && let Some(case) = checked.iter().find(early)
    {
        warnings.push(format!(
            "settings are chosen by `train`, and `stop_at_loss` of the case `{}` ends runs before they interpolate: none has a score",
            case.name
        ));
    }
    let mut suite = Suite {
        name: name?.into_inner(),
        description: description.map(toml::Spanned::into_inner).unwrap_or_default(),
        seeds,
        time_limit,
        measuring_limit,
        baseline: baseline.map(toml::Spanned::into_inner).or_else(|| names.first().cloned())?,
        tuning,
        measure: measure.map(|(measure, _)| measure).unwrap_or_default(),
        cases: checked,
        optimizers,
        published,
        data_root: source.data_root.to_owned(),
        warnings,
    };
    for (case, reason) in suite.read_starts(catalog) {
        let place = starts.get(&case).cloned().unwrap_or_default();
        found.add(place, format!("the runs of `{case}` cannot start there"), reason, "");
    }
    Some(suite.with_size_said())
}

fn read_tuning(table: &DeTable<'_>, span: Range<usize>, cases: &[&str], found: &Found) -> Option<Tuning> {
    let mut section = Section::new(table, span, "[tuning]", found);
    let seeds = section.repetitions("seeds").unwrap_or(1);
    let rule = match section.text("rule") {
        Some(text) => value::word(&text, "rule", &Rule::ALL, found),
        None => Some(Rule::Validation),
    };
    let tuned = match section.texts("cases") {
        Some(texts) => {
            for unknown in texts.iter().filter(|text| !cases.contains(&text.get_ref().as_str())) {
                let title = format!("`cases` of [tuning] names `{}`, which is no case", unknown.get_ref());
                found.add(unknown.span(), title, "", suggestion(unknown.get_ref(), cases.iter().copied()));
            }
            Some(texts.into_iter().map(toml::Spanned::into_inner).collect())
        }
        None => None,
    };
    section.finish(&|_| None);
    Some(Tuning { seeds, rule: rule?, cases: tuned })
}

/// Two cases with one name could not be told apart; two that differ in the name alone would be the same runs.
fn reject_twin(before: &[SuiteCase], case: &SuiteCase, place: Range<usize>, found: &Found) {
    if before.iter().any(|other| other.name == case.name) {
        let title = format!("two cases are named `{}`", case.name);
        found.add(place, title, "", "give each a `name` of its own");
    } else if let Some(twin) = before.iter().find(|other| {
        other.family == case.family
            && other.identity == case.identity
            && other.budget == case.budget
            && other.stop_at_loss == case.stop_at_loss
            && other.crossings == case.crossings
            && other.init_scale == case.init_scale
            && other.start == case.start
            && other.inits.iter().any(|init| case.inits.contains(init))
    }) {
        let title = format!("cases `{}` and `{}` differ in nothing but their names", twin.name, case.name);
        found.add(place, title, "", "their runs would be the same: leave one out");
    }
}

/// Tuning compares fairly only between equal numbers of settings.
fn reject_unequal(listed: &[(SuiteOptimizer, Range<usize>)], found: &Found) {
    let mut told = BTreeSet::new();
    for init in Init::STANDARD {
        let most = listed.iter().map(|(optimizer, _)| optimizer.settings(init).len()).max().unwrap_or(0);
        for (optimizer, place) in listed {
            let (name, number) = (&optimizer.name, optimizer.settings(init).len());
            if number != most && !optimizer.exhaustive && !optimizer.untuned && told.insert(name) {
                let title = format!("optimizer `{name}` has {number} settings, others have {most}");
                found.add(
                    place.clone(),
                    title,
                    "with [tuning], every optimizer gets as many settings from a start",
                    match number {
                        1 => "`untuned = true` says that it keeps this one, `exhaustive = true` that it has no more",
                        _ => "`exhaustive = true` says that it has no more than these",
                    },
                );
            }
        }
    }
}

impl Suite {
    /// The suite with a warning where it has more runs than are done in passing.
    fn with_size_said(mut self) -> Self {
        let runs = |case: &SuiteCase, init: &Init| {
            let settings: usize = self.optimizers.iter().map(|own| own.settings(*init).len()).sum();
            let (tuning, compared) = match self.tuning() {
                Some(tuning) if tuning.covers(&case.name) => (tuning.seeds as usize * settings, self.optimizers.len()),
                Some(_) => (0, self.optimizers.len()),
                None => (0, settings),
            };
            tuning + compared * self.repetitions(case) as usize
        };
        let of = |case: &SuiteCase| case.inits.iter().map(|init| runs(case, init)).sum::<usize>();
        let runs: usize = self.cases.iter().map(of).sum();
        if runs > MANY_RUNS {
            let text =
                format!("the suite has {runs} runs; `--list` says about how long they take, `--seeds 1` does fewer");
            self.warnings.push(text);
        }
        self
    }

    /// The name in a suite's text, without checking anything else.
    pub fn name_in(source: Source<'_>) -> Option<String> {
        let document = DeTable::parse(source.text).ok()?;
        let found = Found::default();
        Section::new(document.get_ref(), 0..0, "the suite", &found).text("name").map(toml::Spanned::into_inner)
    }

    /// The description in a suite's text, without checking anything else.
    pub fn description_in(source: Source<'_>) -> Option<String> {
        let document = DeTable::parse(source.text).ok()?;
        let found = Found::default();
        Section::new(document.get_ref(), 0..0, "the suite", &found).text("description").map(toml::Spanned::into_inner)
    }
}
