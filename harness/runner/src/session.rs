//! A session: the planned runs that have no record are done, in two stages where settings are to be chosen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use flatbench_records::directory::{Beside, parameters_file};
use flatbench_records::protocol::Tier;
use flatbench_records::{Environment, PlanSize, Planned, Record, Rule, quoted_path};

use crate::holdings::Holdings;
use crate::known::{known_and_missing, place_of};
use crate::plan::{Choice, Chosen, Filter, Plan, PlannedRun, Stage, choose, jobs};
use crate::plugins::Plugin;
use crate::reconcile::reconcile_with;
use crate::store::{Elsewhere, Fate, Log, Opened, RunDirectory, StoreError, archive};
use crate::suite::Suite;
use crate::supervisor::{Ended, Listener, Settings, SupervisorError, supervise};
use crate::{Interruption, Programs, other_processor};

/// What is to be done, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Run directory.
    pub out: PathBuf,
    /// Part of the suite to run.
    pub filter: Filter,
    /// Worker processes at a time, ≥ 1.
    pub jobs: usize,
    /// Runs that are recorded elsewhere, and need not be done here.
    pub elsewhere: Vec<Arc<Elsewhere>>,
    /// How much to measure along the way.
    pub tier: Tier,
    /// Do every run anew.
    pub fresh: bool,
    /// Do runs anew that failed, or that could not be measured.
    pub retry_failed: bool,
    /// Bytes of memory that a worker may use.
    pub memory: Option<u64>,
    /// Keep the parameters of the runs that are done now.
    pub keep_parameters: bool,
    /// What is started as a worker.
    pub programs: Programs,
    /// What reports of the directory are drawn beside.
    pub beside: Vec<Beside>,
}

/// Who is told what happens.
pub trait Progress {
    /// The `runs` of a stage begin; those that are `missing` have no record yet.
    fn stage(&mut self, name: &str, runs: &[PlannedRun], missing: &[PlannedRun]);
    /// A run began, in a worker; again, if its worker ended through no fault of it.
    fn begun(&mut self, _run: &PlannedRun) {}
    /// A record was kept.
    fn recorded(&mut self, record: &Record);
    /// Something the user should know.
    fn say(&mut self, text: &str);
    /// The stage is over.
    fn stage_over(&mut self);
}

/// What came of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Records of every planned run of the filtered suite, in the order of the plan.
    pub records: Vec<Record>,
    /// Runs that were done now.
    pub done_now: usize,
    /// Planned runs without a record; 0 unless interrupted.
    pub missing: usize,
    /// Signal that ended the session early.
    pub interrupted: Option<u8>,
}

/// Why a session ended early.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The run directory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The workers.
    #[error(transparent)]
    Supervisor(SupervisorError),
}

impl From<SupervisorError> for SessionError {
    fn from(error: SupervisorError) -> Self {
        match error {
            SupervisorError::Store(error) => SessionError::Store(error),
            other => SessionError::Supervisor(other),
        }
    }
}

/// Runs what is missing of a suite. Call it from the main thread: workers die with the thread that started them.
///
/// # Errors
/// A directory that cannot be used, trouble with the disk, or workers that do not start. What was recorded stays.
pub fn execute(
    suite: &Suite,
    plugins: &[Plugin],
    environment: &Environment,
    options: &Options,
    interruption: &Interruption,
    progress: &mut dyn Progress,
) -> Result<Summary, SessionError> {
    let Opened { mut directory, flaws, suite_before } = RunDirectory::open(&options.out, suite.name())?;
    let mut log = Log::open(&options.out)?;
    let prepared = environment.libraries.as_ref().and_then(|libraries| libraries.features.as_deref());
    prepared.and_then(other_processor).iter().for_each(|text| log.line(text));
    for flaw in &flaws {
        let text = format!("records.jsonl, {flaw}; moved aside, the rest is used");
        log.line(&text);
        progress.say(&text);
    }
    if options.fresh
        && let Some(folder) = directory.start_afresh()?
    {
        progress.say(&format!("earlier records are in {}", folder.display()));
    }
    let wanted = |plugin: &&Plugin| suite.optimizers().iter().any(|own| own.plugin() == plugin.description.name);
    let mut holdings = Holdings::new(&directory.held(), plugins.iter().filter(wanted))?;
    let held = holdings.plugins.clone();
    let plan = Plan::new(suite, &held, options.tier);
    reconcile_with(&mut directory, &plan, suite_before.as_deref(), suite, &mut log, progress)?;
    let choosing = plan.tuning(&options.filter);
    let (known, mut tuning) = known_and_missing(&choosing, &options.elsewhere);
    directory.describe(&suite.to_toml(), &whereabouts(&directory, environment, &plan, options, tuning.len())?)?;
    directory.remember(&options.beside)?;

    if options.retry_failed {
        let again = directory.retry_failed()?;
        let text = match again {
            0 => "no run failed or is unmeasured: none is done again".to_owned(),
            _ => {
                format!("{again} failed or unmeasured runs are done again; their records are in records.retried.jsonl")
            }
        };
        log.line(&text);
        progress.say(&text);
    }

    holdings.hold_data(&mut tuning)?;
    let mut session = Session { suite, options, interruption, progress, directory, log, done_now: 0 };
    let mut chosen = Chosen::default();
    if known > 0 {
        session.say(&format!("{known} tuning runs are recorded elsewhere, {} are not and belong here", tuning.len()));
    }
    if !tuning.is_empty() {
        session.stage("tuning", &tuning)?;
    }
    if interruption.signal().is_some() || options.filter.stage() == Stage::Tuning {
        let planned = [tuning, plan.evaluation(Choice::Tuned(&chosen), &options.filter)].concat();
        return Ok(session.summary(&planned));
    }
    if !choosing.is_empty() {
        chosen = session.choose(&choosing)?;
    }
    let choice = if suite.tuning().is_some() { Choice::Tuned(&chosen) } else { Choice::All };
    let mut evaluation = plan.evaluation(choice, &options.filter);
    holdings.hold_data(&mut evaluation)?;
    if suite.tuning().is_some() {
        session.retire_unchosen(&evaluation)?;
    }
    session.restore(&evaluation)?;
    let (known, evaluation) = known_and_missing(&evaluation, &options.elsewhere);
    if known > 0 {
        session.say(&format!("{known} evaluation runs are recorded elsewhere, {} are not", evaluation.len()));
    }
    session.stage("evaluation", &evaluation)?;
    Ok(session.summary(&[tuning, evaluation].concat()))
}

/// What is known of the place, with what this session sets out to do, and where the records come from that are there.
fn whereabouts(
    directory: &RunDirectory,
    environment: &Environment,
    plan: &Plan<'_>,
    options: &Options,
    tuning: usize,
) -> Result<Environment, StoreError> {
    let choice = if plan.is_tuned() { Choice::Tuned(&Chosen::default()) } else { Choice::All };
    let own = PlanSize { tuning, evaluation: plan.evaluation(choice, &options.filter).len() };
    let shard = options.filter.shard().map(|shard| shard.to_string());
    let planned = Some(Planned { shard, own, whole: plan.size(&options.filter) });
    let environment = Environment { planned, ..environment.clone() };
    let Some(before) = directory.environment()? else { return Ok(environment) };
    let records = directory.records();
    let seconds = records.iter().skip(before.records_before).map(|record| record.result.seconds()).sum();
    let name = options.out.file_name().unwrap_or_default().to_string_lossy();
    Ok(environment.after(&before, &name, records.len(), seconds))
}

struct Session<'a> {
    suite: &'a Suite,
    options: &'a Options,
    interruption: &'a Interruption,
    progress: &'a mut dyn Progress,
    directory: RunDirectory,
    log: Log,
    done_now: usize,
}

impl Session<'_> {
    /// Does the runs of a stage that have no record.
    fn stage(&mut self, name: &str, runs: &[PlannedRun]) -> Result<(), SessionError> {
        let missing: Vec<PlannedRun> =
            runs.iter().filter(|run| self.directory.record(&run.key).is_none()).cloned().collect();
        self.directory.forget_parameters(missing.iter().map(|run| run.key.as_str()))?;
        self.progress.stage(name, runs, &missing);
        self.name_runs_without_parameters(runs)?;
        let settings = Settings {
            programs: self.options.programs.clone(),
            workers: self.options.jobs,
            time_limit: Duration::from_secs_f64(self.suite.time_limit().min(1e9)),
            measuring_limit: Duration::from_secs_f64(self.suite.measuring_limit().min(1e9)),
            memory: self.options.memory,
            keep_parameters: self.options.keep_parameters,
        };
        let jobs = jobs(&missing, self.options.jobs, self.suite.data_root(), self.options.tier);
        let by_key = missing.iter().map(|run| (run.key.as_str(), run)).collect();
        let mut keeper = Keeper {
            runs: by_key,
            directory: &mut self.directory,
            log: &mut self.log,
            progress: self.progress,
            done: 0,
        };
        let result = supervise(jobs, &settings, self.interruption, &mut keeper);
        self.done_now += keeper.done;
        self.progress.stage_over();
        Ok(result?)
    }

    /// Chooses settings by the records of tuning runs, of which some may be elsewhere.
    fn choose(&self, runs: &[PlannedRun]) -> Result<Chosen, StoreError> {
        let rule = self.suite.tuning().map(|tuning| tuning.rule).unwrap_or(Rule::Validation);
        let (here, elsewhere) = (&self.directory, &self.options.elsewhere);
        let record = |key: &str| place_of(key, elsewhere).map_or_else(|| here.record(key), |place| place.record(key));
        choose(runs, rule, &record, &|key| match place_of(key, elsewhere) {
            Some(place) => place.trajectory(key),
            None => here.trajectory(key),
        })
    }

    fn say(&mut self, text: &str) {
        self.log.line(text);
        self.progress.say(text);
    }

    /// Says which runs were recorded without parameters that are now wanted, and how to have them.
    fn name_runs_without_parameters(&mut self, runs: &[PlannedRun]) -> Result<(), StoreError> {
        if !self.options.keep_parameters {
            return Ok(());
        }
        let mut without = Vec::new();
        for record in runs.iter().filter_map(|run| self.directory.record(&run.key)) {
            if record.result.has_points() && !self.directory.has_parameters(&record.key)? {
                without.push(record.key.as_str());
            }
        }
        let Some(first) = without.first() else { return Ok(()) };
        let text = format!(
            "{} of the recorded runs were recorded without parameters, which doing them again gives: `flatbench replay {} {first} \
             --save`, and so for each key (or --fresh for all)",
            without.len(),
            quoted_path(&self.options.out)
        );
        self.log.line(&text);
        self.progress.say(&text);
        Ok(())
    }

    /// Evaluation runs of settings that another tuning had chosen are no longer part of the comparison.
    fn retire_unchosen(&mut self, evaluation: &[PlannedRun]) -> Result<(), StoreError> {
        let planned: BTreeSet<&str> = evaluation.iter().map(|run| run.key.as_str()).collect();
        let places: BTreeSet<_> = evaluation
            .iter()
            .map(|run| (run.case.name.as_str(), run.init(), run.repetition, run.optimizer.as_str()))
            .collect();
        self.directory.reconcile(&|record| {
            let place = (record.case.as_str(), record.init, record.repetition, record.optimizer.as_str());
            let decided = record.split == flatbench_records::Split::Evaluation && places.contains(&place);
            if decided && !planned.contains(record.key.as_str()) { Fate::Retire } else { Fate::Keep }
        })?;
        Ok(())
    }

    /// Takes back superseded records of planned runs, and gives kept ones their present labels.
    fn restore(&mut self, evaluation: &[PlannedRun]) -> Result<(), StoreError> {
        let planned: BTreeMap<&str, &PlannedRun> = evaluation.iter().map(|run| (run.key.as_str(), run)).collect();
        let wanted = |record: &mut Record| match planned.get(record.key.as_str()) {
            Some(_) if self.options.retry_failed && record.result.is_worth_a_retry() => false,
            Some(run) => {
                run.relabel(record);
                true
            }
            None => false,
        };
        let restored = self.directory.restore(&wanted)?;
        if restored > 0 {
            self.progress.say(&format!("{restored} records taken back from records.superseded.jsonl"));
        }
        self.directory.reconcile(&|record| {
            let mut relabelled = record.clone();
            match planned.get(record.key.as_str()) {
                Some(run) if run.relabel(&mut relabelled) => Fate::Relabel(Box::new(relabelled)),
                _ => Fate::Keep,
            }
        })?;
        Ok(())
    }

    fn summary(&self, planned: &[PlannedRun]) -> Summary {
        let records: Vec<Record> = planned.iter().filter_map(|run| self.directory.record(&run.key)).cloned().collect();
        let missing = planned.len() - records.len();
        // A signal that comes when all is done stops nothing.
        let interrupted = self.interruption.signal().filter(|_| missing > 0);
        Summary { missing, records, done_now: self.done_now, interrupted }
    }
}

/// Turns what ends into records.
struct Keeper<'a> {
    runs: BTreeMap<&'a str, &'a PlannedRun>,
    directory: &'a mut RunDirectory,
    log: &'a mut Log,
    progress: &'a mut dyn Progress,
    done: usize,
}

impl Listener for Keeper<'_> {
    fn ended(&mut self, ended: Ended) -> Result<(), StoreError> {
        let Some(run) = self.runs.get(ended.key.as_str()) else { return Ok(()) };
        let trajectory = ended.trajectory.clone().filter(|trajectory| !trajectory.checkpoints.is_empty());
        let parameters = ended.points.as_ref().map(archive).transpose();
        let record = run.record(ended);
        if record.result.outcome.is_failure() {
            let detail = record.result.outcome_detail.as_deref().unwrap_or_default();
            let optimizer = &record.optimizer;
            self.log.line(&format!(
                "{} {optimizer} on {}: {} {detail}",
                record.key,
                record.case,
                record.result.outcome.name()
            ));
        }
        if let Some(parameters) =
            parameters.map_err(StoreError::io("write", &parameters_file(self.directory.path(), &record.key)))?
        {
            self.directory.keep_parameters(&record.key, &parameters)?;
        }
        self.directory.keep(record.clone(), trajectory.as_ref())?;
        self.done += 1;
        self.progress.recorded(&record);
        Ok(())
    }

    fn started(&mut self, key: &str) {
        if let Some(run) = self.runs.get(key) {
            self.progress.begun(run);
        }
    }

    fn output(&mut self, key: &str, text: &str, dropped: u64) {
        self.log.output(key, text, dropped);
    }

    fn note(&mut self, text: &str) {
        self.log.line(text);
    }
}
