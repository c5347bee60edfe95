//! `flatbench replay`: one run again, alone, with its trajectory.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use flatbench_records::protocol::Job;
use flatbench_records::{
    Checkpoint, Metrics, Points, Record, RunResult, Runtime, Trajectory, directory, quoted, quoted_path,
};
use flatbench_runner::store::archive;
use flatbench_runner::supervisor::Settings;
use flatbench_worker::{Performed, Pulse};

use crate::output::{errln, out, outln};
use crate::plugins::PluginArguments;
use crate::program::Program;
use crate::rerun::Rerun;
use crate::status::{Failure, SOME_FAILED};
use crate::{sameness, workers};

#[derive(Args)]
pub struct Arguments {
    /// Run directory
    dir: PathBuf,
    /// Key of the run, or its beginning
    key: String,
    /// Run the plugin in this process, for a debugger: nothing limits its time, and if it dies, so does flatbench
    #[arg(long)]
    in_process: bool,
    /// Save the parameters at start, iterate and limit, if every number is the record's [default: DIR/parameters/KEY.npz]
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    save: Option<Option<PathBuf>>,
    #[command(flatten)]
    plugins: PluginArguments,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let rerun = Rerun::open(&arguments.dir, &arguments.plugins, false, false)?;
    let record = find(&rerun, &arguments.key)?;
    if !rerun.can_repeat(&record.key) {
        let (key, reason) = (&record.key, rerun.obstacle(record));
        return Err(Failure::usage(format!("the run {key} cannot be repeated: {reason}")));
    }
    if arguments.save.is_some() && !record.result.has_points() {
        let (key, outcome) = (&record.key, record.result.outcome);
        return Err(Failure::usage(format!("the run {key} has no parameters to save: its record says `{outcome}`")));
    }
    let mut jobs = rerun.jobs(&[&record.key], 1);
    if arguments.in_process {
        refuse_foreign(&jobs, arguments)?;
    }
    print_run(record);
    let keep_parameters = arguments.save.is_some();
    let Repeated { result, trajectory, points } = if arguments.in_process {
        jobs.iter_mut().for_each(|job| job.keep_parameters = keep_parameters);
        in_process(&jobs)?
    } else {
        let settings = workers::settings(1, rerun.time_limit(), rerun.measuring_limit())?;
        let mut ended = workers::supervised(jobs, &Settings { keep_parameters, ..settings }, true)?;
        let ended = ended.remove(&record.key).ok_or_else(|| Failure::trouble(lost()))?;
        Repeated { result: *ended.result, trajectory: ended.trajectory, points: ended.points }
    };
    if let Some(trajectory) = &trajectory {
        print_trajectory(trajectory);
    }
    print_end(&result);
    let mut differences = sameness::of_result(&record.result, &result);
    if let (Some(was), Some(is)) = (rerun.trajectory(&record.key)?, &trajectory) {
        differences.extend(sameness::of_trajectory(&was, is));
    }
    if differences.is_empty() {
        outln!("\nevery number equals the record's, bit for bit (timings aside)");
        if let Some(file) = &arguments.save {
            let points = points.ok_or_else(|| Failure::trouble(lost()))?;
            let file = save(&points, &arguments.dir, &record.key, file.as_deref())?;
            outln!("parameters: {}", file.display());
        }
        return Ok(ExitCode::SUCCESS);
    }
    outln!("\n{} numbers differ from the record:", differences.len());
    differences.iter().take(20).for_each(|difference| outln!("  {difference}"));
    if arguments.save.is_some() {
        errln!(
            "error: nothing was saved: these are not the parameters of the record, since the run came out differently"
        );
    }
    Ok(ExitCode::from(SOME_FAILED))
}

fn lost() -> anyhow::Error {
    anyhow::anyhow!("the worker ended without reporting the run")
}

fn find<'a>(rerun: &'a Rerun, key: &str) -> Result<&'a Record, Failure> {
    let matching: Vec<&Record> = rerun.records.iter().filter(|record| record.key.starts_with(key)).collect();
    match matching.as_slice() {
        [record] => Ok(record),
        [] => Err(Failure::usage(format!("no record has a key that begins with {key} (see records.jsonl)"))),
        several => Err(Failure::usage(format!("{} keys begin with {key:?} (give more of it)", several.len()))),
    }
}

/// What came of the run this time.
struct Repeated {
    result: RunResult,
    trajectory: Option<Trajectory>,
    /// Asked for by `--save`.
    points: Option<Points>,
}

/// Writes the parameters of a run to a file, or to their place in its directory; returns where.
fn save(points: &Points, dir: &Path, key: &str, file: Option<&Path>) -> Result<PathBuf, Failure> {
    let path = file.map_or_else(|| directory::parameters_file(dir, key), Path::to_owned);
    let folder = match file {
        Some(_) => Ok(()),
        None => directory::own_folder(&dir.join(directory::PARAMETERS)),
    };
    let written = folder.and_then(|()| archive(points)).and_then(|bytes| directory::place(&path, &bytes));
    let remedy = "(--save FILE saves them elsewhere)";
    written.map_err(|error| Failure::trouble(anyhow::anyhow!("cannot write {}: {error} {remedy}", path.display())))?;
    Ok(path)
}

/// There has to be an interpreter in this process for what needs one.
fn refuse_foreign(jobs: &[Job], arguments: &Arguments) -> Result<(), Failure> {
    let needs_python = jobs.iter().any(|job| job.runtime() == Runtime::Python);
    if !needs_python || Program::own().is_interpreted() {
        return Ok(());
    }
    let python = Program::own().programs()?.python.executable;
    Err(Failure::usage(format!(
        "no interpreter is in this process, and the run is of a plugin in Python (use `{} -P -m flatbench replay {} {} \
         --in-process{}`)",
        quoted(&python.to_string_lossy()),
        quoted_path(&arguments.dir),
        arguments.key,
        arguments.plugins.options()
    )))
}

fn in_process(jobs: &[Job]) -> Result<Repeated, Failure> {
    let job = jobs.first().ok_or_else(|| Failure::trouble(lost()))?;
    let request = job.runs.first().ok_or_else(|| Failure::trouble(lost()))?;
    outln!("process {} runs {}", std::process::id(), request.library.display());
    let mut pulse = |pulse: Pulse| errln!("  step {}, {:.0} gradients", pulse.steps, pulse.gradient_equivalents);
    let Performed { result, trajectory, points, .. } =
        flatbench_worker::perform(job, request, &mut pulse).map_err(Failure::trouble)?;
    // As a worker's answer arrives: through JSON, where every float keeps its bits.
    let text = serde_json::to_string(&(&result, &trajectory)).map_err(Failure::trouble)?;
    let (result, trajectory) = serde_json::from_str(&text).map_err(Failure::trouble)?;
    Ok(Repeated { result, trajectory: Some(trajectory), points })
}

fn print_run(record: &Record) {
    outln!("key        {}", record.key);
    outln!(
        "case       {} ({}), {} start, repetition {}",
        record.case,
        record.family,
        record.init.name(),
        record.repetition
    );
    outln!("optimizer  {} {} (library {})", record.optimizer, record.optimizer_version, record.plugin_hash);
    for (name, value) in &record.hyperparameters {
        match record.result.resolved.get(name) {
            Some(resolved) => outln!("           {name} = {value}, which is {resolved}"),
            None => outln!("           {name} = {value}"),
        }
    }
    outln!("budget     {} gradients\n", record.budget);
}

fn print_trajectory(trajectory: &Trajectory) {
    outln!("{:>10} {:>11} {:>11} {:>11} {:>11} {:>11}", "step", "gradients", "loss", "tr H", "rel. error", "distance");
    for point in &trajectory.checkpoints {
        let Checkpoint { step, gradient_equivalents, train_loss, hessian_trace, relative_error, distance, .. } = point;
        out!("{step:>10} {gradient_equivalents:>11.1}");
        for value in [train_loss, hessian_trace, relative_error, distance] {
            out!(" {:>11}", number(*value));
        }
        for (name, value) in &point.reported {
            out!("  {name} {value:.4e}");
        }
        outln!();
    }
}

fn print_end(result: &RunResult) {
    outln!(
        "\noutcome    {}{}, {} steps, {:.1} gradients, {:.2} s",
        result.outcome.name(),
        result.termination.map(|termination| format!(" ({termination})")).unwrap_or_default(),
        result.steps,
        result.gradient_equivalents,
        result.optimizer_seconds
    );
    if let Some(detail) = &result.outcome_detail {
        outln!("           {detail}");
    }
    let line = |name: &str, metrics: &Metrics| {
        outln!(
            "{name:<10} loss {}, tr H {}, relative error {}, excess flatness {}",
            number(metrics.train_loss),
            number(metrics.hessian_trace),
            number(metrics.relative_error),
            number(metrics.excess_flatness)
        );
    };
    if let Some(metrics) = &result.iterate {
        line("iterate", metrics);
    }
    match &result.limit {
        Some(limit) if limit.reached().is_some() => line("limit", &limit.metrics),
        Some(limit) => outln!("limit      not reached: {}", limit.reason.as_deref().unwrap_or("no reason given")),
        None => {}
    }
    if let Some(flat) = &result.reference.flat {
        outln!(
            "{}: tr H {}, relative error {}, duality gap {}",
            flat.quality().words(),
            number(Some(flat.hessian_trace)),
            number(flat.relative_error),
            number(flat.duality_gap)
        );
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |x| format!("{x:.4e}"))
}
