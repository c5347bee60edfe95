//! `flatbench run`: a suite from start to report.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use flatbench_records::protocol::Tier;
use flatbench_records::{CallKind, Reading, Record, Rule, quoted_path};
use flatbench_runner::plan::{Choice, Chosen, Division, Filter, Plan, PlannedRun, Shard};
use flatbench_runner::plugins::Plugin;
use flatbench_runner::session::{self, Options, Progress, SessionError, Summary};
use flatbench_runner::suite::{Suite, Tuning};
use flatbench_runner::supervisor::SupervisorError;
use flatbench_runner::{Catalog, Interruption, name_of_signal};

use crate::catalog::Families;
use crate::environment::environment_of;
use crate::events::{self, Event};
use crate::output::{errln, out, outln};
use crate::status::{Failure, SOME_FAILED};
use crate::study::{Study, StudyArguments, Voice};
use crate::{edges, last_report, progress, table, workers};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    study: StudyArguments,
    /// Run directory [default: reports/local/SUITE]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Do part I of N of the plan, in a run directory of its own; `flatbench merge` joins the parts, which cost about the same. I
    /// counts from 1 or from 0: part 0 is part N
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Worker processes at a time [default: the cores that it may use; `flatbench env` says what limits them]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
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
}

/// Reads `2/8`.
fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    parts
        .and_then(|(i, n)| Shard::new(i, n))
        .ok_or_else(|| "expected I/N with I from 1 to N, or from 0 to N - 1, such as 2/8".to_owned())
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if !arguments.events {
        return carry_out(arguments);
    }
    let (flatbench, suite) = (env!("CARGO_PKG_VERSION"), arguments.study.suite.as_str());
    events::say(&Event::Session { format: events::FORMAT, flatbench, suite });
    carry_out(arguments).inspect_err(events::failed)
}

fn carry_out(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let voice = match (arguments.events, arguments.quiet) {
        (true, _) => Voice::Events,
        (false, true) => Voice::Silent,
        (false, false) => Voice::Aloud,
    };
    let Study { suite, collection, filter: whole, tree, interruption } = arguments.study.check(voice)?;
    let filter = match arguments.shard {
        Some(shard) => whole.clone().with_shard(&suite, shard).map_err(Failure::usage)?,
        None => whole.clone(),
    };
    let tier = arguments.study.tier;
    if arguments.list {
        list(&suite, &collection.plugins, tier, &filter);
        if let Some(shard) = arguments.shard {
            let division = Division::new(&suite, &whole, whole.stage(), shard.count()).map_err(Failure::usage)?;
            outln!("{}", share(&division, shard));
        }
        return Ok(ExitCode::SUCCESS);
    }

    let options = options(arguments, &suite, filter, tier)?;
    let libraries = arguments.study.plugins.libraries.as_deref();
    let (mut environment, processor) = environment_of(libraries, tree.as_ref(), &collection.plugins)?;
    if let Some(text) = &processor {
        voice.warn(text);
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

fn options(arguments: &Arguments, suite: &Suite, filter: Filter, tier: Tier) -> Result<Options, Failure> {
    let limit = arguments.study.memory_limit.map_or_else(workers::default_memory, |memory| memory.bytes);
    Ok(Options {
        out: arguments.out.clone().unwrap_or_else(|| PathBuf::from("reports/local").join(suite.name())),
        filter,
        jobs: arguments.jobs.map_or_else(workers::default_jobs, usize::from),
        tier,
        fresh: arguments.fresh,
        retry_failed: arguments.retry_failed,
        memory: limit,
        keep_parameters: arguments.study.keep_parameters,
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

/// How large a part is, and how well the parts are balanced.
fn share(division: &Division, shard: Shard) -> String {
    let portions = division.portions();
    let total: f64 = portions.iter().map(|portion| portion.cost).sum();
    let own = portions.get(shard.index() - 1).map_or(0.0, |portion| portion.cost);
    let again = match division.repeated_tuning() {
        0 => String::new(),
        runs => format!("; the parts do {runs} tuning runs again that another one does too"),
    };
    format!(
        "part {} of {}: {:.2} % of the cost; the largest part costs {:.2} times the mean, and side by side the parts are {:.1} times \
         as fast as one after the other{again}",
        shard.index(),
        shard.count(),
        100.0 * own / total,
        division.imbalance(),
        division.speedup()
    )
}

/// Whether the optimizer has a single setting from this start, so that the key is known before tuning.
fn is_fixed(suite: &Suite, run: &PlannedRun) -> bool {
    let optimizer = suite.optimizers().iter().find(|known| known.name() == run.optimizer);
    optimizer.is_some_and(|optimizer| optimizer.settings(run.init()).len() == 1)
}
