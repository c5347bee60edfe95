//! `flatbench run`: a suite from start to report.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use flatbench_records::protocol::Tier;
use flatbench_records::{CallKind, Reading, Record, Rule, quoted_path};
use flatbench_runner::plan::{Choice, Chosen, Filter, Plan, PlannedRun, Shard};
use flatbench_runner::plugins::Plugin;
use flatbench_runner::session::{self, Options, Progress, SessionError, Summary};
use flatbench_runner::suite::{Source, Suite, SuiteMistakes, Tuning};
use flatbench_runner::supervisor::SupervisorError;
use flatbench_runner::{Catalog, Interruption, name_of_signal};

use crate::catalog::Families;
use crate::environment::environment_of;
use crate::events::{self, Event};
use crate::output::{errln, out, outln};
use crate::plugins::{self, PluginArguments};
use crate::status::{Failure, SOME_FAILED};
use crate::{edges, last_report, progress, quantity, suites, table, workers};

#[derive(Args)]
pub struct Arguments {
    /// quick, default, paper, depth, sharpness, phase, or the path of a .toml file
    #[arg(default_value = "default")]
    suite: String,
    /// Run directory [default: reports/local/SUITE]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Run these optimizers only; one that the suite does not have runs at the defaults of its plugin
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    optimizer: Vec<String>,
    /// Run the cases of these families only
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    family: Vec<String>,
    /// Do part I of N of the plan, in a run directory of its own; `flatbench merge` joins the parts
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Repetitions of every case, in place of the suite's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    seeds: Option<u32>,
    /// Worker processes at a time [default: the cores that it may use; `flatbench env` says what limits them]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Seconds that the optimizer of a run may take, in place of the suite's; a longer one is killed and recorded as timed out
    #[arg(long, value_name = "SECONDS", value_parser = quantity::seconds)]
    time_limit: Option<f64>,
    /// Seconds that measuring a run may take, in place of the suite's; what takes longer is left out, saying so
    #[arg(long, value_name = "SECONDS", value_parser = quantity::seconds)]
    measuring_limit: Option<f64>,
    /// Memory that a worker may use, such as 8GiB, or none [default: half of what flatbench may use]
    #[arg(long, value_name = "SIZE", value_parser = quantity::memory)]
    memory_limit: Option<quantity::Memory>,
    /// How much to measure along a run: full adds λ_max
    #[arg(long, default_value_t, value_parser = PossibleValuesParser::new(Tier::ALL.map(Tier::name)).try_map(|word| word.parse::<Tier>()))]
    tier: Tier,
    /// Keep the parameters of each run that is done now, at its iterate and limit, in DIR/parameters/KEY.npz
    #[arg(long)]
    keep_parameters: bool,
    /// Do every run anew; earlier records are moved aside
    #[arg(long)]
    fresh: bool,
    /// Do runs anew that failed, or that could not be measured; their earlier records are moved aside
    #[arg(long)]
    retry_failed: bool,
    /// Print the plan and run nothing
    #[arg(long)]
    list: bool,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    /// Print what happens as JSON, one object a line, in place of progress and table: for programs that start flatbench
    #[arg(long, conflicts_with_all = ["list", "quiet"])]
    events: bool,
    #[command(flatten)]
    plugins: PluginArguments,
}

/// Reads `2/8`.
fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    parts.and_then(|(i, n)| Shard::new(i, n)).ok_or_else(|| "expected I/N with I from 1 to N, such as 2/8".to_owned())
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if !arguments.events {
        return carry_out(arguments);
    }
    let (flatbench, suite) = (env!("CARGO_PKG_VERSION"), arguments.suite.as_str());
    events::say(&Event::Session { format: events::FORMAT, flatbench, suite });
    carry_out(arguments).inspect_err(events::failed)
}

fn carry_out(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let silent = arguments.quiet || arguments.events;
    let text = suites::find(&arguments.suite)?;
    let source = Source { path: &text.path, text: &text.text, data_root: &text.data_root };
    let mistakes = |found: SuiteMistakes| {
        if arguments.events {
            events::mistakes(&found);
        }
        found.render(progress::color() && !arguments.events)
    };
    source.check_syntax().map_err(|found| Failure::Usage(mistakes(found)))?;

    let interruption = Interruption::listen().map_err(Failure::trouble)?;
    let tree = arguments.plugins.source_tree()?;
    let collection = plugins::look(&arguments.plugins, tree.as_ref(), silent)?;
    if arguments.events {
        events::plugin_problems(&collection);
    }
    if let Some(signal) = interruption.signal() {
        errln!("stopped by {} before anything was run; the same command begins again", name_of_signal(signal));
        if arguments.events {
            events::interrupted(signal, None);
        }
        return Err(Failure::Interrupted(signal));
    }
    // What is wrong with plugins and suite is told together.
    let asked_for = |failure| plugins::asked_for(&collection, failure);
    let complete = collection.refused.is_empty();
    let suite = match Suite::check(source, &Families::new(), &collection.plugins, complete) {
        Ok(suite) if complete => suite,
        Ok(_) => return Err(asked_for(Failure::Usage(String::new()))),
        Err(found) => return Err(asked_for(Failure::Usage(mistakes(found)))),
    };
    let suite = arguments.seeds.map_or(suite.clone(), |seeds| suite.with_seeds(seeds));
    let suite = arguments.time_limit.map_or(suite.clone(), |seconds| suite.with_time_limit(seconds));
    let suite = arguments.measuring_limit.map_or(suite.clone(), |seconds| suite.with_measuring_limit(seconds));
    let suite = with_plugins(suite, arguments, &collection.plugins)?;
    let filter = Filter::new(&suite, &arguments.optimizer, &arguments.family)
        .map_err(|error| asked_for(Failure::usage(error)))?;
    let filter = arguments.shard.map_or(filter.clone(), |shard| filter.with_shard(shard));
    if !silent {
        plugins::warn(&collection);
    }
    suite.warnings().iter().for_each(|text| warn(arguments, text));
    let tier = arguments.tier;
    if arguments.list {
        list(&suite, &collection.plugins, tier, &filter);
        return Ok(ExitCode::SUCCESS);
    }

    let options = options(arguments, &suite, filter, tier)?;
    let libraries = arguments.plugins.libraries.as_deref();
    let (mut environment, processor) = environment_of(libraries, tree.as_ref(), &collection.plugins)?;
    if let Some(text) = &processor {
        warn(arguments, text);
    }
    environment.data = readings(&suite).map(|(case, reading)| (case.to_owned(), reading.clone())).collect();
    let mut display: Box<dyn Progress> = match arguments.events {
        true => Box::new(events::Stream::default()),
        false => progress::display(arguments.quiet),
    };
    if arguments.events {
        let (tuning, evaluation) = planned(&suite, &collection.plugins, tier, &options.filter);
        let (tuning, evaluation) = (tuning.len(), evaluation.len());
        events::say(&Event::Planned { suite: suite.name(), out: &options.out, tuning, evaluation });
    }
    let summary =
        session::execute(&suite, &collection.plugins, &environment, &options, &interruption, display.as_mut())
            .map_err(trouble)?;
    if let Some(signal) = summary.interrupted {
        return Err(stopped(arguments, &options, &summary, signal, &interruption));
    }
    conclude(arguments, &suite, &options, &summary)
}

/// Says what may not be meant, where that is wanted.
fn warn(arguments: &Arguments, text: &str) {
    if arguments.events {
        events::say(&Event::Warning { text });
    } else if !arguments.quiet {
        errln!("warning: {text}");
    }
}

/// The suite and the plugins that it does not have among the optimizers that are wanted.
fn with_plugins(suite: Suite, arguments: &Arguments, plugins: &[Plugin]) -> Result<Suite, Failure> {
    let wanted = &arguments.optimizer;
    let added = wanted.iter().filter_map(|name| plugins.iter().find(|plugin| plugin.description.name == *name));
    added
        .into_iter()
        .try_fold(suite, |suite, plugin| suite.with_optimizer(&plugin.description))
        .map_err(|error| Failure::usage(error.found_with(arguments.plugins.options())))
}

fn options(arguments: &Arguments, suite: &Suite, filter: Filter, tier: Tier) -> Result<Options, Failure> {
    let limit = arguments.memory_limit.map_or_else(workers::default_memory, |memory| memory.bytes);
    Ok(Options {
        out: arguments.out.clone().unwrap_or_else(|| PathBuf::from("reports/local").join(suite.name())),
        filter,
        jobs: arguments.jobs.map_or_else(workers::default_jobs, usize::from),
        tier,
        fresh: arguments.fresh,
        retry_failed: arguments.retry_failed,
        memory: limit,
        keep_parameters: arguments.keep_parameters,
        programs: workers::programs(limit)?,
    })
}

fn trouble(error: SessionError) -> Failure {
    match error {
        SessionError::Store(error) if error.is_refusal() => Failure::usage(error),
        SessionError::Supervisor(error @ SupervisorError::FalseStarts { .. }) => Failure::trouble(error),
        other => Failure::trouble(other),
    }
}

/// Says how far it came and how to go on, and draws the report of that, unless somebody is in a hurry.
fn stopped(
    arguments: &Arguments,
    options: &Options,
    summary: &Summary,
    signal: u8,
    interruption: &Interruption,
) -> Failure {
    let (out, recorded, missing) = (options.out.display(), summary.records.len(), summary.missing);
    errln!(
        "stopped by {}: {recorded} runs are recorded in {out}, {missing} are missing; the same command continues",
        name_of_signal(signal)
    );
    interruption.forget();
    match last_report::draw(&options.out, interruption) {
        Ok(page) => errln!("report so far: {}", page.display()),
        Err(reason) => errln!("no report: {reason} (`flatbench report {}` draws it)", quoted_path(&options.out)),
    }
    if arguments.events {
        events::interrupted(signal, Some((recorded, missing)));
    }
    Failure::Interrupted(signal)
}

/// Table, report and exit status.
fn conclude(arguments: &Arguments, suite: &Suite, options: &Options, summary: &Summary) -> Result<ExitCode, Failure> {
    let page = flatbench_report::write(&options.out, Families::new().families());
    let silent = arguments.quiet || arguments.events;
    if !silent {
        out!("\n{}", table::render(&summary.records));
    }
    let page = page.map_err(Failure::trouble)?;
    let failed = summary.records.iter().filter(|record| record.result.outcome.is_failure()).count();
    let status = if failed > 0 { SOME_FAILED } else { 0 };
    if arguments.events {
        edges::warnings(&summary.records).iter().for_each(|text| events::say(&Event::Warning { text }));
        let (recorded, done_now) = (summary.records.len(), summary.done_now);
        events::say(&Event::Finished { out: &options.out, report: &page, recorded, done_now, failed, status });
    } else if !silent {
        if failed > 0 {
            outln!("\n{failed} of {} runs failed; the report says how", summary.records.len());
        }
        outln!();
        if let Some(tuning) = suite.tuning() {
            outln!("{}", selection(tuning));
            edges::warnings(&summary.records).iter().for_each(|warning| outln!("warning: {warning}"));
        }
        outln!("{}", spent(&summary.records));
        outln!("report: {}", page.display());
    }
    Ok(ExitCode::from(status))
}

/// Which settings the table compares.
fn selection(tuning: &Tuning) -> String {
    let place = tuning.cases.as_ref().map_or_else(String::new, |cases| format!(" on {}", cases.join(", ")));
    let flag = if tuning.rule == Rule::Oracle { ", which knows the ground truth" } else { "" };
    format!("settings{place} chosen by `{}` on instances of their own{flag}", tuning.rule.name())
}

/// What the records say they cost, in seconds of one core.
fn spent(records: &[Record]) -> String {
    // A sum of nothing is −0.
    let total = |of: fn(&Record) -> f64| records.iter().map(of).fold(0.0, std::ops::Add::add);
    format!(
        "spent {:.1} s on optimizers, {:.1} s on metrics, {:.1} s on instances and their references",
        total(|record| record.result.optimizer_seconds),
        total(|record| record.result.measurement_seconds),
        total(|record| record.result.reference_seconds)
    )
}

/// How the data file of each case that has one was read.
fn readings(suite: &Suite) -> impl Iterator<Item = (&str, &Reading)> {
    suite.cases().iter().filter_map(|case| Some((case.name(), case.reading()?)))
}

/// Runs that tune and runs that are compared, before anything is chosen: keys of the latter may be others in the end.
fn planned(suite: &Suite, plugins: &[Plugin], tier: Tier, filter: &Filter) -> (Vec<PlannedRun>, Vec<PlannedRun>) {
    let plan = Plan::new(suite, plugins, tier);
    let none = Chosen::default();
    let tuning = plan.tuning(filter);
    let choice = if suite.tuning().is_some() { Choice::Tuned(&none) } else { Choice::All };
    let evaluation = plan.evaluation(choice, filter);
    (tuning, evaluation)
}

fn list(suite: &Suite, plugins: &[Plugin], tier: Tier, filter: &Filter) {
    for (case, reading) in readings(suite) {
        outln!("data file of {case}");
        reading.facts().iter().for_each(|(what, finding)| outln!("    {what:<12}  {finding}"));
    }
    let (tuning, evaluation) = planned(suite, plugins, tier, filter);
    for run in &tuning {
        outln!(
            "tuning      {}  {} {} #{} {} setting {}",
            run.key,
            run.case.name,
            run.init().name(),
            run.repetition,
            run.optimizer,
            run.setting + 1
        );
    }
    for run in &evaluation {
        let place = format!("{} {} #{} {}", run.case.name, run.init().name(), run.repetition, run.optimizer);
        match suite.tuning() {
            Some(tuning) if tuning.covers(&run.case.name) && !is_fixed(suite, run) => {
                outln!("evaluation  {:<32}  {place} setting chosen by {}", "-", tuning.rule.name());
            }
            _ => outln!("evaluation  {}  {place} setting {}", run.key, run.setting + 1),
        }
    }
    let prices: Vec<String> =
        CallKind::ALL.into_iter().map(|kind| format!("{} {}", kind.name(), kind.cost())).collect();
    outln!("prices in full-gradient equivalents: {}", prices.join(", "));
    outln!("{} tuning and {} evaluation runs", tuning.len(), evaluation.len());
}

/// Whether the optimizer has a single setting from this start, so that the key is known before tuning.
fn is_fixed(suite: &Suite, run: &PlannedRun) -> bool {
    let optimizer = suite.optimizers().iter().find(|known| known.name() == run.optimizer);
    optimizer.is_some_and(|optimizer| optimizer.settings(run.init()).len() == 1)
}
