//! What is tried and what it costs, before anything runs.

use flatbench_runner::plan::{Filter, Plan, PlannedRun, Stage};
use flatbench_runner::plugins::Plugin;
use flatbench_runner::suite::{Setting, Suite};
use flatbench_runner::tune::{Left, Rung, Search};

use super::cases::Cases;
use super::field::Entrant;
use crate::output::outln;
use crate::toml::in_suite;

/// Runs of a rung whose suite this is.
pub fn runs(suite: &Suite, plugins: &[Plugin]) -> Vec<PlannedRun> {
    Plan::new(suite, plugins, Default::default()).tuning(&Filter::default().with_stage(Stage::Tuning))
}

/// As many trials as go on into a rung, whichever these will be.
pub fn first(left: &Left, rung: &Rung) -> Left {
    left.iter().map(|(place, trials)| (place.clone(), trials.iter().copied().take(rung.trials).collect())).collect()
}

/// Prints spaces, cases, rungs and their cost; with `trials` also every setting.
pub fn print(
    search: &Search<'_>,
    entrants: &[Entrant],
    cases: &Cases,
    rungs: &[Rung],
    plugins: &[Plugin],
    trials: bool,
) {
    let most = entrants.iter().map(|own| own.contender.trials.len()).max().unwrap_or(0);
    for Entrant { contender, space } in entrants {
        let number = contender.trials.len();
        let fewer = if number < most { ": it has no more settings that differ" } else { "" };
        outln!("{}: {number} {}{fewer}", contender.name, if number == 1 { "trial" } else { "trials" });
        space.axes().for_each(|axis| outln!("    {:<14} {axis}", axis.name()));
        for (name, value, reason) in space.kept() {
            outln!("    {name:<14} {}, not searched: {reason}", in_suite(value));
        }
        for (place, setting) in contender.trials.iter().enumerate().filter(|_| trials) {
            outln!("    trial {:<8} {}", place + 1, shown(setting));
        }
    }
    outln!("cases: {}", cases.used.join(", "));
    cases.left_out.iter().for_each(|(case, reason)| outln!("    without {case}: {reason}"));
    let starts: Vec<&str> = cases.starts.iter().map(|init| init.name()).collect();
    outln!(
        "settings are chosen for the {} start by `{}`, on {} of each case",
        starts.join(" and the "),
        search.rule.name(),
        if search.seeds == 1 { "one instance".to_owned() } else { format!("{} instances", search.seeds) }
    );
    let (mut number, mut cost) = (0, 0.0);
    for rung in rungs {
        let runs = runs(&search.suite_of(rung, &first(&search.all(), rung)), plugins);
        let own: f64 = runs.iter().map(|run| run.case.budget).sum();
        outln!(
            "rung {}: {} settings of each optimizer from each start at {}, {} runs, at most {own:.3e} gradient equivalents",
            rung.number,
            rung.trials,
            rung.budget(),
            runs.len()
        );
        number += runs.len();
        cost += own;
    }
    outln!("in all {number} runs, at most {cost:.3e} gradient equivalents");
}

/// A setting, as it stands in a suite without its braces.
pub fn shown(setting: &Setting) -> String {
    setting.iter().map(|(name, value)| format!("{name} = {}", in_suite(value))).collect::<Vec<_>>().join(", ")
}
