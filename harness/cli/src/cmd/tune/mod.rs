//! `flatbench tune`: settings for optimizers, searched with as many trials for each.

mod arguments;
mod cases;
mod climb;
mod command;
mod field;
mod outcome;
mod plan;
mod trials;

use std::path::PathBuf;
use std::process::ExitCode;

use flatbench_records::Rule;
use flatbench_runner::suite::Suite;
use flatbench_runner::tune::{Search, rungs};

pub use arguments::Arguments;

use crate::cmd::run::spent;
use crate::environment::environment_of;
use crate::listing::readings;
use crate::output::{errln, out, outln};
use crate::status::{Failure, SOME_FAILED};
use crate::study::{Study, Voice};

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let voice = if arguments.quiet { Voice::Silent } else { Voice::Aloud };
    let study = arguments.study();
    let Study { suite, collection, tree, interruption, .. } = study.check(voice)?;
    let plugins = collection.plugins.as_slice();
    let rule = rule(arguments, &suite)?;
    let entrants = field::entrants(arguments, &suite, plugins)
        .map_err(|failure| crate::plugins::asked_for(&collection, failure))?;
    let cases = cases::cases(&suite, suite.search(), rule, arguments.start)?;
    let search = Search {
        suite: &suite,
        cases: cases.used.clone(),
        starts: cases.starts.clone(),
        seeds: arguments.seeds.or(suite.search().map(|tuning| tuning.seeds)).unwrap_or(1),
        rule,
        contenders: entrants.iter().map(|own| own.contender.clone()).collect(),
    };
    let rungs = rungs(usize::from(arguments.trials), arguments.halving);
    if arguments.list || !arguments.quiet {
        plan::print(&search, &entrants, &cases, &rungs, plugins, arguments.list);
    }
    if arguments.list {
        return Ok(ExitCode::SUCCESS);
    }
    let out = arguments.out.clone();
    let out = out.unwrap_or_else(|| PathBuf::from("reports/local").join(format!("{}-tuning", suite.name())));
    let (mut environment, processor) = environment_of(study.plugins.libraries.as_deref(), tree.as_ref(), plugins)?;
    processor.iter().for_each(|text| voice.warn(text));
    environment.data = readings(&suite).map(|(case, reading)| (case.to_owned(), reading.clone())).collect();
    let (search, interruption) = (&search, &interruption);
    let climb = climb::Climb { arguments, search, plugins, environment: &environment, interruption, out: &out };
    let done = climb.all(&rungs)?;

    let chosen = outcome::chosen(&done);
    let lines = outcome::to_paste(search, &done, &chosen);
    let command = command::of(arguments, &out);
    let tuned_suite = outcome::write(search, &outcome::absolute(&out), &done, &chosen, &lines, &command)?;
    let records: Vec<_> = done.iter().flat_map(|done| done.records.clone()).collect();
    let failed = records.iter().filter(|record| record.result.outcome.is_failure()).count();
    if !arguments.quiet {
        outcome::print_spread(&done);
        out!("\n{lines}");
        outcome::edges(&entrants, &chosen).iter().for_each(|text| errln!("warning: {text}"));
        outcome::print_commands(&done, &tuned_suite, &command, &study.plugins.options());
        if failed > 0 {
            outln!(
                "{failed} of {} runs failed, which counts as worse than every score; the reports say how",
                records.len()
            );
        }
        outln!("{}", spent(&records));
    }
    Ok(ExitCode::from(if failed > 0 { SOME_FAILED } else { 0 }))
}

/// What settings are judged by. That the truth decides has to be asked for here, by whoever will show the results.
fn rule(arguments: &Arguments, suite: &Suite) -> Result<Rule, Failure> {
    let rule = arguments.rule.or(suite.search().map(|tuning| tuning.rule)).unwrap_or(Rule::Validation);
    if rule == Rule::Oracle && arguments.rule.is_none() {
        return Err(Failure::usage(format!(
            "the suite `{}` chooses settings by `oracle`, which knows the ground truth (say --rule validation, or --rule oracle where \
             that is meant)",
            suite.name()
        )));
    }
    Ok(rule)
}
