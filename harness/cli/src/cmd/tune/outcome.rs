//! What a search found: settings to paste, a suite to run, and how to repeat it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flatbench_records::directory::place;
use flatbench_records::tuning::Overall;
use flatbench_records::{Init, Rule, quoted_path};
use flatbench_runner::suite::Setting;
use flatbench_runner::tune::{Contender, Search};

use super::climb::{Done, Standing};
use super::field::Entrant;
use super::plan::shown;
use super::trials;
use crate::output::outln;
use crate::status::Failure;

/// By optimizer and start, the chosen trial.
pub type Chosen = BTreeMap<(String, Init), usize>;

/// The best trials of the last rung.
pub fn chosen(done: &[Done]) -> Chosen {
    let last = done.last().into_iter().flat_map(|done| &done.standings);
    last.filter_map(|(place, standing)| Some((place.clone(), standing.best()?))).collect()
}

/// The lines of a suite, one `[[optimizer]]` for each, with what was found of it beside them.
pub fn to_paste(search: &Search<'_>, done: &[Done], chosen: &Chosen) -> String {
    search.contenders.iter().map(|own| entry(search, done, chosen, own)).collect::<Vec<_>>().join("\n")
}

fn entry(search: &Search<'_>, done: &[Done], chosen: &Chosen, own: &Contender) -> String {
    let mut text = format!("[[optimizer]]\nname = {:?}\n", own.name);
    if own.plugin != own.name {
        text += &format!("plugin = {:?}\n", own.plugin);
    }
    for init in Init::STANDARD {
        let place = (own.name.clone(), init);
        let trial = chosen.get(&place).copied();
        let (setting, note) = match trial.and_then(|trial| Some((trial, own.trials.get(trial)?))) {
            Some((trial, setting)) => (Some(setting.clone()), found(done, &place, own, trial)),
            None => (search.untuned(own, init), "not searched".to_owned()),
        };
        let setting = setting.as_ref().map(shown).unwrap_or_default();
        text += &format!("# {} start: {note}\nsettings.{} = [{{ {setting} }}]\n", init.name(), init.name());
    }
    text
}

/// Which trial it is, and how it did beside the others of the last rung.
fn found(done: &[Done], place: &(String, Init), own: &Contender, trial: usize) -> String {
    let standing = done.last().and_then(|done| done.standings.get(place));
    let overall = standing.and_then(|standing| {
        let place = standing.trials.iter().position(|&own| own == trial)?;
        Some((standing.ranked.overall.get(place)?, standing.ranked.cases))
    });
    let of = format!("trial {} of {}", trial + 1, own.trials.len());
    match overall {
        Some((overall, cases)) => format!("{of}, score {} over {cases} {}", score(overall), cases_in_words(cases)),
        None => of,
    }
}

fn cases_in_words(number: usize) -> &'static str {
    if number == 1 { "case" } else { "cases" }
}

fn score(overall: &Overall) -> String {
    match (overall.score.is_finite(), overall.without) {
        (false, _) => "none".to_owned(),
        (true, 0) => format!("{:.2e}", overall.score),
        (true, without) => format!("{:.2e} and none on {without} {}", overall.score, cases_in_words(without)),
    }
}

/// Writes `tuned.toml`, the lines to paste, `tuned-suite.toml`, the suite with them, and `trials.jsonl`, all that was tried; returns
/// the path of the suite.
pub fn write(
    search: &Search<'_>,
    out: &Path,
    done: &[Done],
    chosen: &Chosen,
    lines: &str,
    command: &str,
) -> Result<PathBuf, Failure> {
    let setting = |(place, &trial): (&(String, Init), &usize)| -> Option<((String, Init), Setting)> {
        let own = search.contenders.iter().find(|own| own.name == place.0)?;
        Some((place.clone(), own.trials.get(trial)?.clone()))
    };
    let suite = search.tuned(&chosen.iter().filter_map(setting).collect());
    let head = format!(
        "# Settings found by `{command}`,\n# chosen by `{}`{}.\n",
        search.rule.name(),
        if search.rule == Rule::Oracle { ", which knows the ground truth: no user could have chosen them" } else { "" }
    );
    let body = suite.to_toml();
    let body = body.split_once('\n').map_or(body.as_str(), |(_, body)| body);
    let tried = trials::file(&trials::of(search, done, chosen))?;
    let files = [tried, ("tuned.toml", format!("{head}\n{lines}")), ("tuned-suite.toml", format!("{head}{body}"))];
    let write = |(name, text): (&str, String)| {
        let path = out.join(name);
        let trouble = |error| Failure::trouble(anyhow::anyhow!("cannot write {}: {error}", path.display()));
        place(&path, text.as_bytes()).map_err(trouble)?;
        Ok(path)
    };
    let [tried, lines, suite] = files.map(write);
    tried?;
    lines?;
    suite
}

/// Prints how much the settings of each optimizer matter: its best, median and worst trial of the first rung, which has all of them.
pub fn print_spread(done: &[Done]) {
    let Some(first) = done.first() else { return };
    outln!("\n{:<18} {:<6} {:>6}  {:>10} {:>10} {:>10}", "optimizer", "start", "trials", "best", "median", "worst");
    for ((name, init), Standing { ranked, .. }) in &first.standings {
        let at = |place: usize| match ranked.order.get(place).and_then(|&place| ranked.overall.get(place)) {
            Some(overall) if overall.without == 0 => format!("{:.2e}", overall.score),
            _ => "none".to_owned(),
        };
        let number = ranked.order.len();
        outln!(
            "{name:<18} {:<6} {number:>6}  {:>10} {:>10} {:>10}",
            init.name(),
            at(0),
            at(number.saturating_sub(1) / 2),
            at(number.saturating_sub(1))
        );
    }
    outln!("(scores at {}, the smaller the better; none: not on every case)", first.rung.budget());
}

/// One warning for each chosen value at an end of what was searched.
pub fn edges(entrants: &[Entrant], chosen: &Chosen) -> Vec<String> {
    let mut warnings = Vec::new();
    for ((name, init), &trial) in chosen {
        let Some(own) = entrants.iter().find(|own| own.contender.name == *name) else { continue };
        let Some(setting) = own.contender.trials.get(trial) else { continue };
        for axis in own.space.axes() {
            let Some(value) = setting.get(axis.name()) else { continue };
            if let Some(upper) = axis.is_at_end(value) {
                let end = if upper { "upper" } else { "lower" };
                warnings.push(format!(
                    "{name} from a {} start: the chosen {} is at the {end} end of what was searched ({axis}): a better one may lie \
                     beyond (--space '{name}.{}=..')",
                    init.name(),
                    axis.name(),
                    axis.name()
                ));
            }
        }
    }
    warnings
}

/// Prints how to run what was found, and how to repeat the search.
pub fn print_commands(done: &[Done], suite: &Path, command: &str, options: &str) {
    outln!(
        "\nevaluate them, on instances that the search did not see:\n    flatbench run {}{options}",
        quoted_path(suite)
    );
    outln!("repeat the search, or continue it:\n    {command}");
    for done in done {
        let directory = absolute(&done.directory);
        let again = absolute(&done.directory.with_extension("again"));
        outln!(
            "repeat rung {} alone:\n    flatbench run {} --stage tuning --out {}{options}",
            done.rung.number,
            quoted_path(&directory.join("suite.toml")),
            quoted_path(&again)
        );
    }
    done.iter().for_each(|done| outln!("report of rung {}: {}", done.rung.number, done.page.display()));
}

/// A path that means the same in every folder.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
