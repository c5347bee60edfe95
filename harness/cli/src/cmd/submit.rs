//! `flatbench submit`: a suite in parts on the nodes of a cluster.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use flatbench_records::protocol::Tier;
use flatbench_records::{directory, quoted_path};
use flatbench_runner::plan::{self, Division, Portion};
use flatbench_runner::plugins::Plugin;
use flatbench_runner::store::Lock;
use flatbench_runner::suite::differences;
use flatbench_runner::{Catalog, Interruption};

use crate::catalog::Families;
use crate::cluster::engine::{EngineKind, Phase, Resources};
use crate::cluster::{
    Chain, FORMAT, Layout, PartPlan, Progress, Role, Scripts, Stage, Submission, Submitted, Supplies, Tally, Task,
    damaged, supplies,
};
use crate::cmd::status;
use crate::environment::environment;
use crate::output::{errln, out, outln};
use crate::status::{Failure, SOME_FAILED, TROUBLE};
use crate::study::{Study, StudyArguments, Voice};
use crate::{beside, quantity, rerun, suites, table, terminal};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    study: StudyArguments,
    /// Run directory, on a file system that the nodes share [default: reports/local/SUITE]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Who hands out the parts [default: slurm]
    #[arg(long, value_enum)]
    engine: Option<EngineKind>,
    /// Number of parts, each a task of the engine's, up to the number of runs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    tasks: Option<u32>,
    /// Cores of a task [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    cores: Option<u16>,
    /// Longest time of a task, as the engine writes times; one that is stopped by it is continued by the next submission
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// Memory of a task, such as 8GiB
    #[arg(long, value_name = "SIZE", value_parser = quantity::size)]
    memory: Option<u64>,
    /// Partition of the cluster
    #[arg(long, value_name = "NAME")]
    partition: Option<String>,
    /// Account that pays
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Do runs anew that failed, or that could not be measured
    #[arg(long)]
    retry_failed: bool,
    /// Wait for the end, and end as `flatbench run` does
    #[arg(long)]
    wait: bool,
    /// Print the scripts and submit nothing
    #[arg(long, conflicts_with = "wait")]
    dry_run: bool,
    /// Further options of the engine's own, after --, such as -- --constraint=icelake
    #[arg(last = true, value_name = "OPTION")]
    other: Vec<String>,
}

/// The runs that choose settings are done before all others where that is over in this share of the time or less.
const STAGES_PAY: f64 = 0.8;
/// How often the engine is asked while waiting.
const PAUSE: Duration = Duration::from_secs(3);

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let layout = arguments.layout()?;
    // One that the engine did not take binds nobody.
    let (there, earlier) = match Submission::read(&layout)? {
        Some(refused) if refused.jobs.is_empty() => (Some(refused), None),
        found => (None, found),
    };
    let study = match &earlier {
        // What is submitted again has to be what was submitted, whatever was built since.
        Some(earlier) => {
            Supplies::verify(&layout, earlier)?;
            let checked = arguments.study.with_libraries(layout.libraries()).check(Voice::Aloud);
            checked.map_err(|failure| failure.followed_by(&supplies_are_kept(&layout)))?
        }
        None => arguments.study.check(Voice::Aloud)?,
    };
    let plugins: Vec<&Plugin> = study.plugins().collect();
    let mut submission = match earlier {
        Some(earlier) => {
            arguments.refuse_changes(&layout, &study, &earlier)?;
            earlier
        }
        None => arguments.first(&layout, &study)?,
    };
    let engine = submission.engine.engine();
    let supplies = Supplies::of(&layout, &plugins)?;
    let written = |submission: &Submission| Scripts::new(submission, &supplies).all();
    let before = written(there.as_ref().unwrap_or(&submission));
    submission.resources = arguments.resources().or(submission.resources);
    let obstacle = submission.resources.is_no_word();
    if let Some(obstacle) = obstacle.or_else(|| engine.obstacle(&layout, &submission.resources)) {
        return Err(Failure::usage(obstacle));
    }
    let scripts = kept(&layout, &before, written(&submission))?;
    if arguments.dry_run {
        let parts = submission.stages.iter().map(|stage| (stage.role, (1..=stage.parts.len()).collect())).collect();
        let chain = Chain::of(parts, Vec::new(), arguments.again());
        for (role, text) in &scripts {
            outln!("{}:\n\n{text}", layout.script(*role).display());
        }
        outln!("{}", engine.commands(&layout, &chain, &submission.suite, &submission.resources).trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    // Not the lock of the run directory, which belongs to the job that joins the parts.
    std::fs::create_dir_all(layout.cluster()).map_err(trouble("make", &layout.cluster()))?;
    let lock = Lock::take(&layout.cluster()).map_err(|error| match error.is_refusal() {
        true => Failure::usage(error),
        false => Failure::trouble(error),
    })?;
    if Submission::read(&layout)?.map_or(0, |now| now.jobs.len()) != submission.jobs.len() {
        let root = layout.root().display();
        return Err(Failure::usage(format!(
            "{root} was submitted by another process in this moment: look at `flatbench status`"
        )));
    }
    if submission.jobs.is_empty() {
        let environment = environment(study.tree.as_ref(), &study.collection.plugins);
        submission.program = supplies.lay_in(&layout, &study.suite, &plugins, &environment)?;
    }
    for (role, text) in &scripts {
        directory::place(&layout.script(*role), text.as_bytes()).map_err(trouble("write", &layout.script(*role)))?;
    }
    submission.write(&layout)?;
    hand_over(arguments, &layout, &mut submission)?;
    drop(lock);
    match arguments.wait {
        true => wait(&layout, &submission),
        false => Ok(ExitCode::SUCCESS),
    }
}

impl Arguments {
    /// The folder of the submission.
    fn layout(&self) -> Result<Layout, Failure> {
        let named = match &self.out {
            Some(out) => out.clone(),
            // One without a name is refused when it is checked.
            None => PathBuf::from("reports/local").join(suites::name(&self.study.suite)?.unwrap_or_default()),
        };
        Ok(Layout::of(&named))
    }

    fn resources(&self) -> Resources {
        Resources {
            cores: self.cores,
            time: self.time.clone(),
            memory: self.memory,
            partition: self.partition.clone(),
            account: self.account.clone(),
            other: self.other.clone(),
        }
    }

    /// Options of `flatbench run` in every task; repetitions and limits of time are in the suite that the tasks read.
    fn options(&self) -> Vec<String> {
        let study = &self.study;
        let names =
            |option: &str, names: &[String]| (!names.is_empty()).then(|| format!("--{option}={}", names.join(",")));
        let memory = study.memory_limit.map(|memory| memory.bytes.map_or("none".to_owned(), |bytes| bytes.to_string()));
        let options = [
            names("optimizer", &study.optimizer),
            names("family", &study.family),
            memory.map(|memory| format!("--memory-limit={memory}")),
            (study.tier != Tier::default()).then(|| format!("--tier={}", study.tier.name())),
            study.keep_parameters.then(|| "--keep-parameters".to_owned()),
        ];
        options.into_iter().flatten().collect()
    }

    /// Options of the tasks of this submission alone.
    fn again(&self) -> Vec<String> {
        self.retry_failed.then(|| "--retry-failed".to_owned()).into_iter().collect()
    }

    /// A submission where nothing was submitted before.
    fn first(&self, layout: &Layout, study: &Study) -> Result<Submission, Failure> {
        if rerun::is_run_directory(layout.root())? && !layout.parts().exists() {
            return Err(Failure::usage(format!(
                "{} holds records of a run that was not submitted: name another folder with --out (`flatbench merge` can join both \
                 afterwards)",
                layout.root().display()
            )));
        }
        let Some(tasks) = self.tasks else {
            return Err(Failure::usage("--tasks N is missing: into how many parts is the suite to be cut?"));
        };
        let (runs, stages) = stages(study, tasks as usize)?;
        Ok(Submission {
            format: FORMAT,
            flatbench: env!("CARGO_PKG_VERSION").to_owned(),
            engine: self.engine.unwrap_or(EngineKind::Slurm),
            suite: study.suite.name().to_owned(),
            program: None,
            resources: self.resources(),
            options: self.options(),
            tasks: tasks as usize,
            runs,
            stages,
            jobs: Vec::new(),
        })
    }

    /// Refuses to go on with something else than what was submitted: its parts would not fit together.
    fn refuse_changes(&self, layout: &Layout, study: &Study, earlier: &Submission) -> Result<(), Failure> {
        let refuse = |what: String| {
            let root = layout.root().display();
            Err(Failure::usage(format!(
                "{root} was submitted {what}: go on with that, or name another folder with --out"
            )))
        };
        if self.tasks.is_some_and(|tasks| tasks as usize != earlier.tasks) {
            return refuse(format!("with --tasks {}", earlier.tasks));
        }
        if self.engine.is_some_and(|engine| engine != earlier.engine) {
            return refuse(format!("to {}", earlier.engine.engine().name()));
        }
        if self.options() != earlier.options {
            let words =
                |options: &[String]| if options.is_empty() { "no option".to_owned() } else { options.join(" ") };
            return refuse(format!("with {}, and this is with {}", words(&earlier.options), words(&self.options())));
        }
        let file = layout.suite();
        let was = std::fs::read_to_string(&file)
            .map_err(|error| damaged(layout, format_args!("cannot read {}: {error}", file.display())))?;
        let is = supplies::suite_with_copies(layout, &study.suite)?.0;
        match differences(&was, &is).as_slice() {
            [] => Ok(()),
            changes => refuse(format!("with another suite:\n  {}\n", changes.join("\n  "))),
        }
    }
}

/// The scripts that are to be used: those that stand there, edited or not, unless options ask for others.
fn kept(
    layout: &Layout,
    before: &[(Role, String)],
    written: Vec<(Role, String)>,
) -> Result<Vec<(Role, String)>, Failure> {
    let choose = |(role, now): (Role, String)| {
        let before = before.iter().find(|(of, _)| *of == role).map_or(&now, |(_, text)| text);
        let file = layout.script(role);
        match std::fs::read_to_string(&file) {
            Ok(there) if there == *before => Ok((role, now)),
            Ok(there) if now == *before => Ok((role, there)),
            Ok(_) => Err(Failure::usage(format!(
                "{} was edited: change it there instead of by options, or remove it to have it written anew",
                file.display()
            ))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok((role, now)),
            Err(error) => Err(trouble("read", &file)(error)),
        }
    };
    written.into_iter().map(choose).collect()
}

/// The stages of a suite in `tasks` parts. Where settings are chosen among several, those runs are done first by all tasks if that is
/// over sooner: parts that choose for themselves may have the same to try.
///
/// Also returns the number of runs.
fn stages(study: &Study, tasks: usize) -> Result<(usize, Vec<Stage>), Failure> {
    let divided = |stage: plan::Stage, role: Role| {
        let most = Division::most(&study.suite, &study.filter, stage);
        let count = if study.suite.tuning().is_some() { tasks.min(most.max(1)) } else { tasks };
        let division = Division::new(&study.suite, &study.filter, stage, count).map_err(Failure::usage)?;
        let of = |portion: &Portion| PartPlan { runs: portion.tuning + portion.evaluation, cost: portion.cost };
        let longest = division.portions().iter().map(|portion| portion.cost).fold(0.0, f64::max);
        let stage = Stage { role, parts: division.portions().iter().map(of).collect() };
        let runs = stage.parts.iter().map(|part| part.runs).sum::<usize>() - division.repeated_tuning();
        Ok((longest, runs, stage))
    };
    let together = divided(plan::Stage::Both, Role::Runs)?;
    if study.suite.tuning().is_none() {
        return Ok((together.1, vec![together.2]));
    }
    let most = [plan::Stage::Both, plan::Stage::Tuning].map(|stage| Division::most(&study.suite, &study.filter, stage));
    let most = most.into_iter().max().unwrap_or(0);
    if tasks > most {
        return Err(Failure::usage(format!(
            "the suite cannot be cut into {tasks} parts that have something to do: {most} at most"
        )));
    }
    let (first, then) = (divided(plan::Stage::Tuning, Role::Tuning)?, divided(plan::Stage::Evaluation, Role::Runs)?);
    match first.0 + then.0 < STAGES_PAY * together.0 {
        true => Ok((first.1 + then.1, vec![first.2, then.2])),
        false => Ok((together.1, vec![together.2])),
    }
}

/// Hands what is missing to the engine, and tells what was done.
fn hand_over(arguments: &Arguments, layout: &Layout, submission: &mut Submission) -> Result<(), Failure> {
    let engine = submission.engine.engine();
    let progress = Progress::of(layout, submission)?;
    if let Some(reason) = &progress.silent {
        return Err(Failure::trouble(anyhow::anyhow!("{} does not answer: {reason}", engine.name())));
    }
    let is_wanted = |task: &Task| !task.is_done() || arguments.retry_failed && task.tally.failed > 0;
    let wanted = |role: Role| -> Vec<usize> {
        let tasks = progress.tasks.iter().filter(|task| task.role == role);
        tasks.filter(|task| is_wanted(task) && !task.is_in_hand()).map(|task| task.part).collect()
    };
    let parts: Vec<(Role, Vec<usize>)> =
        submission.stages.iter().map(|stage| (stage.role, wanted(stage.role))).collect();
    let number: usize = parts.iter().map(|(_, parts)| parts.len()).sum();
    let in_hand = progress.number(Phase::Running) + progress.number(Phase::Waiting);
    let merges = progress.merges_in_hand(submission);
    let is_joined = in_hand == 0 && Tally::of(layout.root())?.recorded >= submission.runs;
    if number == 0 && (is_joined || !merges.is_empty()) {
        match in_hand + merges.len() {
            0 => outln!("all {} runs are recorded and joined: nothing to submit", progress.runs()),
            _ => outln!("nothing to submit: {} has in hand what is missing", engine.name()),
        }
        return Ok(());
    }
    if !engine.adds_to_earlier() && progress.is_in_hand() {
        return Err(Failure::usage(format!(
            "{} has tasks of {} in hand, and cannot wait for them to add what is missing: submit again when they have ended, or `flatbench \
             cancel` them",
            engine.name(),
            layout.root().display()
        )));
    }
    // The job that joins all waits for what is still in hand, too.
    engine.cancel(&merges)?;
    let chain = Chain::of(parts, progress.jobs_in_hand(), arguments.again());
    let jobs = engine.submit(layout, &chain, &submission.suite, &submission.resources)?;
    let handed = chain.links.iter().zip(&jobs);
    submission.add(handed.map(|(link, job)| Submitted {
        role: link.role,
        job: job.clone(),
        parts: link.parts.clone(),
    }));
    submission.write(layout)?;
    let total: usize = submission.stages.iter().map(|stage| stage.parts.len()).sum();
    let again = if arguments.retry_failed { progress.failed() } else { 0 };
    let (runs, missing) = (progress.runs(), progress.runs() - progress.recorded() + again);
    outln!("{}: {missing} of {runs} runs to do, in {number} of {total} parts, by {}", submission.suite, engine.name());
    for (link, job) in chain.links.iter().zip(&jobs) {
        let parts = match link.parts.len() {
            0 => "when the tasks before it have ended".to_owned(),
            parts => format!("{parts} tasks"),
        };
        outln!("    {:<7} job {job:<10} {parts}", link.role.to_string());
    }
    outln!("scripts and output: {}", layout.cluster().display());
    let root = quoted_path(layout.root());
    outln!("flatbench status {root}     flatbench cancel {root}");
    Ok(())
}

/// Waits for the end, tells it as `flatbench run` does, and returns its status.
fn wait(layout: &Layout, submission: &Submission) -> Result<ExitCode, Failure> {
    let interruption = Interruption::listen().map_err(Failure::trouble)?;
    let mut said = String::new();
    loop {
        let progress = Progress::of(layout, submission)?;
        let now = status::summary(&progress);
        if now != said {
            errln!("{now}");
            said = now;
        }
        if progress.silent.is_none() && !progress.is_in_hand() {
            break;
        }
        if let Some(signal) = interruption.signal() {
            errln!("no longer waiting; the tasks go on: flatbench status {}", quoted_path(layout.root()));
            return Err(Failure::Interrupted(signal));
        }
        std::thread::sleep(PAUSE);
    }
    let progress = Progress::of(layout, submission)?;
    let missing = progress.runs() - progress.recorded();
    if !rerun::is_run_directory(layout.root())? {
        let output = layout.output();
        return Err(Failure::trouble(anyhow::anyhow!("the parts were not joined: {} says why", output.display())));
    }
    let records = rerun::records(layout.root())?;
    let name = layout.root().display().to_string();
    let input = flatbench_report::read_beside(
        &[(layout.root(), &name)],
        &beside::recall(layout.root()),
        Families::new().families(),
    );
    let digest = flatbench_report::digest(&input.map_err(Failure::trouble)?);
    out!("\n{}", table::render(&digest, terminal::output_columns()));
    let failed = records.iter().filter(|record| record.result.outcome.is_failure()).count();
    if failed > 0 {
        outln!("\n{failed} of {} runs failed; the report says how", records.len());
    }
    outln!("report: {}", layout.root().join("index.html").display());
    if missing > 0 {
        errln!(
            "{missing} runs are missing: the same command submits them again; {} says why",
            layout.output().display()
        );
        return Ok(ExitCode::from(TROUBLE));
    }
    Ok(ExitCode::from(if failed > 0 { SOME_FAILED } else { 0 }))
}

/// What to do where a submission is refused for what stands in its folder.
fn supplies_are_kept(layout: &Layout) -> String {
    let cluster = layout.cluster();
    let cluster = cluster.display();
    format!(
        "note: {cluster} is used as it was submitted; if it is damaged, remove it and submit as the first time, with the same --tasks: the \
         parts keep what they have"
    )
}

fn trouble(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.to_owned();
    move |error| Failure::trouble(anyhow::anyhow!("cannot {what} {}: {error}", path.display()))
}
