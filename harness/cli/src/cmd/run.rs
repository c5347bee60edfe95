//! `flatbench run`: a suite from start to report.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use flatbench_records::directory::Beside;
use flatbench_records::{NUMERICS, Record, Rule, quoted_path};
use flatbench_report::Rendered;
use flatbench_runner::plan::{Plan, Stage};
use flatbench_runner::session::{self, Options, Progress, SessionError, Summary};
use flatbench_runner::store::StoreError;
use flatbench_runner::suite::{Suite, Tuning};
use flatbench_runner::supervisor::SupervisorError;
use flatbench_runner::{Catalog, Interruption, name_of_signal, whereabouts};

use crate::beside::BesideArguments;
use crate::catalog::Families;
use crate::environment::environment_of;
use crate::events::{self, Event};
use crate::listing::{Listing, Planned, readings};
use crate::output::{errln, out, outln};
use crate::pace::Pace;
use crate::part::{Part, PartArguments};
use crate::share::Share;
use crate::status::{Failure, SOME_FAILED};
use crate::study::{Study, StudyArguments, Voice};
use crate::terminal::{self, wrapped};
use crate::{beside, edges, last_report, progress, table, workers};

/// A lock that is left behind on a file system without locks has ended by then.
const LONGEST_LOCK: Duration = Duration::from_secs(240);

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    study: StudyArguments,
    /// Run directory [default: reports/local/SUITE]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    part: PartArguments,
    #[command(flatten)]
    beside: BesideArguments,
    /// Worker processes at a time [default: the cores that it may use; `flatbench env` says what limits them]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Do the plan together with other processes that are started with the same command, on this or other machines that see DIR: each
    /// takes a part that nobody does, and then the next, and the last one joins all
    #[arg(long, conflicts_with_all = ["shard", "fresh", "retry_failed", "events"])]
    share: bool,
    /// Do every run anew; earlier records are moved aside
    #[arg(long)]
    fresh: bool,
    /// Do runs anew that failed, or that could not be measured; their earlier records are moved aside
    #[arg(long)]
    retry_failed: bool,
    /// Print the plan and run nothing: the number of runs of every case, or with --list=runs every run with its key
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "cases", hide_possible_values = true)]
    list: Option<Listing>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    /// Print what happens as JSON, one object a line, in place of progress and table: for programs that start flatbench
    #[arg(long, conflicts_with_all = ["list", "quiet"])]
    events: bool,
}

impl Arguments {
    fn workers(&self) -> usize {
        self.jobs.map_or_else(workers::default_jobs, usize::from)
    }
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
    let tier = arguments.study.tier;
    let part = arguments.part.take(&suite, &Plan::new(&suite, &collection.plugins, tier), whole)?;
    let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from("reports/local").join(suite.name()));
    let beside = arguments.beside.take(&[&out])?;
    if !beside.is_empty() {
        let planned = Planned::new(&suite, &collection.plugins, tier, &part)?;
        let compared = if part.filter.stage() == Stage::Tuning { &[][..] } else { &planned.evaluation };
        beside::foresee(&beside, &beside::spots(compared), Some(NUMERICS), arguments.beside.is_given(), voice)?;
    }
    if let Some(listing) = arguments.list {
        let pace = Pace::of(&out, arguments.workers())?;
        let planned = Planned::new(&suite, &collection.plugins, tier, &part)?;
        planned.print(&suite, listing, &pace, part.cost(&suite)?);
        part.print_share();
        return Ok(ExitCode::SUCCESS);
    }

    let options = options(arguments, out, &part, beside)?;
    let libraries = arguments.study.plugins.libraries.as_deref();
    let (mut environment, processor) = environment_of(libraries, tree.as_ref(), &collection.plugins)?;
    if let Some(text) = &processor {
        voice.warn(text);
    }
    environment.data = readings(&suite).map(|(case, reading)| (case.to_owned(), reading.clone())).collect();
    if arguments.share {
        beside::remember_early(&options.out, &options.beside)?;
        let (plugins, environment, quiet) = (collection.plugins.as_slice(), &environment, arguments.quiet);
        let (suite, options, interruption) = (&suite, &options, &interruption);
        return Share { suite, plugins, environment, options, interruption, quiet }.run();
    }
    let mut display: Box<dyn Progress> = match arguments.events {
        true => Box::new(events::Stream::default()),
        false => progress::display(arguments.quiet),
    };
    if arguments.events {
        let planned = Planned::new(&suite, &collection.plugins, tier, &part)?;
        let (tuning, evaluation) = (planned.tuning.len(), planned.evaluation.len());
        events::say(&Event::Planned { suite: suite.name(), out: &options.out, tuning, evaluation });
    }
    let mut execute =
        || session::execute(&suite, &collection.plugins, &environment, &options, &interruption, display.as_mut());
    let summary = patiently(&interruption, &mut execute).map_err(trouble)?;
    if let Some(signal) = summary.interrupted {
        return Err(stopped(arguments, &options, &summary, signal, &interruption));
    }
    conclude(arguments, &suite, &options, &summary)
}

/// Does a session. A queue may start a task again while the lock of its first attempt, on a node that is lost, still looks held: where
/// such a lock ends by itself, it is waited for.
pub(super) fn patiently(
    interruption: &Interruption,
    execute: &mut dyn FnMut() -> Result<Summary, SessionError>,
) -> Result<Summary, SessionError> {
    let begun = Instant::now();
    let mut said = false;
    loop {
        let result = execute();
        let Err(SessionError::Store(StoreError::Locked { ends: true, .. })) = &result else { return result };
        let is_over = begun.elapsed() > LONGEST_LOCK || interruption.signal().is_some();
        if is_over || whereabouts::queue_job().is_none() {
            return result;
        }
        if !said && let Err(error) = &result {
            errln!("{error}; this is a task of a queue, so that is waited for");
            said = true;
        }
        std::thread::sleep(Duration::from_secs(2));
    }
}

fn options(arguments: &Arguments, out: PathBuf, part: &Part, beside: Vec<Beside>) -> Result<Options, Failure> {
    let limit = arguments.study.memory_limit.map_or_else(workers::default_memory, |memory| memory.bytes);
    Ok(Options {
        out,
        filter: part.filter.clone(),
        elsewhere: part.tuned.iter().cloned().collect(),
        jobs: arguments.workers(),
        tier: arguments.study.tier,
        fresh: arguments.fresh,
        retry_failed: arguments.retry_failed,
        memory: limit,
        keep_parameters: arguments.study.keep_parameters,
        programs: workers::programs(limit)?,
        beside,
    })
}

pub(super) fn trouble(error: SessionError) -> Failure {
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
    let silent = arguments.quiet || arguments.events;
    let compares = options.filter.stage() != Stage::Tuning;
    let mut places = Vec::new();
    let mut tell = |drawn: &Rendered| {
        if !silent && compares {
            out!("\n{}", table::render(&drawn.digest, terminal::output_columns()));
        }
        // What the table ends with is not said again.
        places = drawn.beside.iter().filter(|sentence| **sentence != drawn.digest.verdict).cloned().collect();
    };
    let families = Families::new();
    let written = flatbench_report::write_telling(&options.out, &options.beside, families.families(), &mut tell);
    let page = written.map_err(Failure::trouble)?;
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
        let say = |text: &str| outln!("{}", wrapped(text, terminal::output_columns(), 2));
        if !compares {
            say(&format!(
                "{} tuning runs are recorded and nothing is compared yet: --tuned-in DIR does, DIR being all parts merged",
                summary.records.len()
            ));
        } else if let Some(tuning) = suite.tuning() {
            say(&selection(tuning));
            edges::warnings(&summary.records).iter().for_each(|warning| say(&format!("warning: {warning}")));
        }
        places.iter().for_each(|sentence| say(sentence));
        say(&spent(&summary.records));
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
pub(super) fn spent(records: &[Record]) -> String {
    // A sum of nothing is −0.
    let total = |of: fn(&Record) -> f64| records.iter().map(of).fold(0.0, std::ops::Add::add);
    format!(
        "spent {:.1} s on optimizers, {:.1} s on metrics, {:.1} s on instances and their references",
        total(|record| record.result.optimizer_seconds),
        total(|record| record.result.measurement_seconds),
        total(|record| record.result.reference_seconds)
    )
}
