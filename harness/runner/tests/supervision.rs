//! Workers that die, hang, exit and talk nonsense, one record each and nothing lost.
#[expect(dead_code, reason = "every test file uses a part of it")]
mod support;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use flatbench_records::protocol::{Job, RunRequest, Tier};
use flatbench_records::{Init, Outcome, Point, Runtime, Termination, Value};
use flatbench_runner::plan::{Choice, Filter, Plan, jobs};
use flatbench_runner::store::StoreError;
use flatbench_runner::supervisor::{Ended, Listener, Settings, SupervisorError, supervise};
use flatbench_runner::{Interruption, Program, Programs};
use support::{check_in, plugins, suite_text};

#[derive(Default)]
struct Heard {
    /// Optimizer by key.
    names: BTreeMap<String, String>,
    ended: Vec<(String, Ended)>,
    output: BTreeMap<String, (String, u64)>,
    notes: Vec<String>,
    fail_after: Option<usize>,
}

impl Listener for Heard {
    fn ended(&mut self, ended: Ended) -> Result<(), StoreError> {
        if self.fail_after == Some(self.ended.len()) {
            let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
            return Err(StoreError::Io { action: "write", path: "records.jsonl".into(), source });
        }
        self.ended.push((self.names[&ended.key].clone(), ended));
        Ok(())
    }

    fn output(&mut self, key: &str, text: &str, dropped: u64) {
        self.output.insert(self.names[key].clone(), (text.to_owned(), dropped));
    }

    fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }
}

impl Heard {
    /// Outcome and detail of the only run of an optimizer.
    fn of(&self, optimizer: &str) -> (Outcome, String) {
        let mut runs = self.ended.iter().filter(|(name, _)| name == optimizer);
        let (_, ended) = runs.next().unwrap_or_else(|| panic!("no record of {optimizer}"));
        assert!(runs.next().is_none(), "two records of {optimizer}");
        (ended.result.outcome, ended.result.outcome_detail.clone().unwrap_or_default())
    }
}

/// The fake worker, with these arguments and the name of the runtime that it is started for.
fn programs(arguments: &[&Path]) -> Programs {
    let fake = env!("CARGO_BIN_EXE_flatbench-fake-worker");
    let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    let of = |runtime: Runtime| [arguments.clone(), vec![runtime.name().into()]].concat();
    Programs { native: Program::native(fake, of(Runtime::Native)), python: Program::python(fake, of(Runtime::Python)) }
}

fn settings(workers: usize) -> Settings {
    Settings {
        programs: programs(&[]),
        workers,
        time_limit: Duration::from_millis(1500),
        measuring_limit: Duration::from_millis(500),
        memory: None,
        keep_parameters: true,
    }
}

/// One run of each optimizer on one instance.
fn plan(optimizers: &[&str], workers: usize) -> (Vec<Job>, Heard) {
    let text = suite_text("", optimizers)
        .replace("seeds = 2", "seeds = 1")
        .replace("rows = 5", "rows = 5\ninit = [\"large\"]");
    let suite = check_in(&text, Path::new("."), optimizers).expect("a suite");
    let plugins = plugins(optimizers);
    let runs = Plan::new(&suite, &plugins, Tier::Cheap).evaluation(Choice::All, &Filter::default());
    let names = runs.iter().map(|run| (run.key.clone(), run.optimizer.clone())).collect();
    (jobs(&runs, workers, Path::new("."), Tier::Cheap), Heard { names, ..Heard::default() })
}

fn run(optimizers: &[&str], workers: usize) -> Heard {
    let (jobs, mut heard) = plan(optimizers, workers);
    supervise(jobs, &settings(workers), &Interruption::default(), &mut heard).expect("supervision");
    assert_eq!(heard.ended.len(), optimizers.len(), "every run ends exactly once");
    heard
}

#[test]
fn every_way_of_dying_costs_one_record() {
    for workers in [1, 3] {
        let heard =
            run(&["a", "segfault", "b", "exit", "c", "exit-7", "d", "hang", "e", "mute", "lost-report", "f"], workers);
        for good in ["a", "b", "c", "d", "e", "f"] {
            assert_eq!(heard.of(good).0, Outcome::Completed, "{good}");
        }
        let crashed = |name: &str, words: &[&str]| {
            let (outcome, detail) = heard.of(name);
            assert_eq!(outcome, Outcome::Crashed, "{name}");
            assert!(words.iter().all(|part| detail.contains(part)), "{name}: {detail}");
        };
        crashed("segfault", &["killed by signal 11 (SIGSEGV) after step 7"]);
        crashed("exit", &["exited with status 0 in the middle of a run after step 7"]);
        crashed("exit-7", &["exited with status 7", "these are my last words"]);
        crashed("mute", &["closed its connection"]);
        crashed("lost-report", &["the report of the run was lost"]);
        let (outcome, detail) = heard.of("hang");
        assert_eq!(outcome, Outcome::TimedOut);
        assert!(detail.contains("limit 1.5 s") && detail.contains("at step 7"), "{detail}");
    }
}

#[test]
fn the_culprit_of_a_group_is_found_and_the_others_lose_nothing() {
    let heard = run(&["together-1", "together-segfault", "together-2", "together-3"], 1);
    assert_eq!(heard.of("together-segfault").0, Outcome::Crashed);
    for good in ["together-1", "together-2", "together-3"] {
        assert_eq!(heard.of(good).0, Outcome::Completed, "{good}");
    }
}

#[test]
fn a_run_is_not_blamed_for_what_another_did_to_its_worker() {
    let heard = run(&["poison", "a", "b"], 1);
    for innocent in ["poison", "a", "b"] {
        assert_eq!(heard.of(innocent).0, Outcome::Completed, "{innocent}");
    }
    assert!(heard.notes.iter().any(|note| note.contains("it is begun again in another one")), "{:?}", heard.notes);
}

/// The lines of the log that say that a run is begun again.
fn begun_again(heard: &Heard) -> usize {
    heard.notes.iter().filter(|note| note.contains("begun again")).count()
}

#[test]
fn a_failure_in_company_counts_only_if_the_run_fails_by_itself_too() {
    let heard = run(&["a", "starved", "plugin-error", "b"], 1);
    for innocent in ["a", "starved", "b"] {
        assert_eq!(heard.of(innocent).0, Outcome::Completed, "{innocent}");
    }
    assert_eq!(heard.of("plugin-error").0, Outcome::PluginError);
    assert_eq!(begun_again(&heard), 2, "{:?}", heard.notes);
}

#[test]
fn a_run_that_hangs_in_a_used_worker_is_tried_in_a_fresh_one() {
    let begun = Instant::now();
    let heard = run(&["a", "hang", "b"], 1);
    assert_eq!(heard.of("hang").0, Outcome::TimedOut);
    assert_eq!(begun_again(&heard), 1, "{:?}", heard.notes);
    assert!(begun.elapsed() > 2 * Duration::from_millis(1500));
}

#[test]
fn a_worker_that_a_plugin_has_changed_is_given_up_and_its_plugin_set_apart() {
    let (mut jobs, mut heard) = plan(&["a", "changes", "b"], 1);
    // A second instance with the same plugins.
    let second = Job { id: 1, instance_seed: 5, ..jobs[0].clone() };
    let rename = |key: &str| format!("{key}-second");
    let runs = second.runs.iter().map(|run| RunRequest { key: rename(&run.key), ..run.clone() }).collect();
    jobs.push(Job { runs, ..second });
    heard.names.extend(heard.names.clone().into_iter().map(|(key, name)| (rename(&key), format!("{name}-second"))));
    supervise(jobs, &settings(1), &Interruption::default(), &mut heard).expect("supervision");
    for name in ["a", "changes", "b", "a-second", "changes-second", "b-second"] {
        assert_eq!(heard.of(name).0, Outcome::Completed, "{name}");
    }
    let given_up = heard.notes.iter().filter(|note| note.contains("was changed by a plugin: the locale")).count();
    assert_eq!(given_up, 1, "once it is known it is alone: {:?}", heard.notes);
    assert!(
        heard.notes.iter().any(|note| note.contains("changes changes its process: the locale")),
        "{:?}",
        heard.notes
    );
}

#[test]
fn what_an_optimizer_has_reached_is_kept_whatever_becomes_of_the_measuring() {
    let heard = run(&["a", "measured-for-ever", "dies-while-measured", "b"], 1);
    for name in ["a", "b"] {
        assert_eq!(heard.of(name).0, Outcome::Completed, "{name}");
    }
    for (name, reason) in [
        ("measured-for-ever", "the host took longer to measure the run than the 0.5 s it may take (--measuring-limit)"),
        ("dies-while-measured", "the worker ended while the host measured the run: killed by signal 6 (SIGABRT)"),
    ] {
        let (_, ended) = heard.ended.iter().find(|(of, _)| of == name).expect("a record");
        let result = &ended.result;
        assert_eq!((result.outcome, result.termination), (Outcome::Completed, Some(Termination::Budget)), "{name}");
        assert!(result.iterate.is_some() && ended.trajectory.is_some(), "{name}");
        let limit = result.limit.as_ref().and_then(|limit| limit.reason.as_deref()).expect("a reason");
        assert!(limit.starts_with(reason) && result.unmeasured.as_deref() == Some(limit), "{name}: {result:?}");
        assert_eq!(result.outcome_detail, None, "nothing is said of the plugin");
        assert_eq!(points_of(ended), [Point::Start, Point::Iterate], "{name}: a limit that was not measured is none");
    }
}

/// Points whose parameters came with the end of a run.
fn points_of(ended: &Ended) -> Vec<Point> {
    ended.points.iter().flat_map(|points| points.w.keys().copied()).collect()
}

#[test]
fn parameters_come_if_they_are_asked_for_and_only_if_they_fit() {
    let heard = run(&["a", "misfit", "segfault"], 1);
    for (name, ended) in &heard.ended {
        let expected: &[Point] = if name == "segfault" { &[] } else { &[Point::Start, Point::Iterate] };
        assert_eq!(points_of(ended), expected, "{name}");
    }
    assert!(heard.notes.iter().any(|note| note.contains("parameters that do not fit")), "{:?}", heard.notes);
    let (jobs, mut heard) = plan(&["a"], 1);
    let silent = Settings { keep_parameters: false, ..settings(1) };
    supervise(jobs, &silent, &Interruption::default(), &mut heard).expect("supervision");
    assert!(heard.ended[0].1.points.is_none(), "nothing is sent that is not wanted");
}

#[test]
fn checkpoints_and_references_that_take_too_long_are_left_out_and_the_run_goes_on() {
    let heard = run(&["a", "slow-checkpoints", "b"], 1);
    assert_eq!(heard.of("slow-checkpoints"), (Outcome::Completed, String::new()));
    assert!(heard.notes.iter().any(|note| note.contains("measured sparingly")), "{:?}", heard.notes);
}

#[test]
fn what_the_place_lacks_is_an_error_and_no_record_and_the_others_are_done() {
    for (case, reason) in [("placeless", "no data"), ("too-large", "killed by signal 6 (SIGABRT)")] {
        let (mut jobs, mut heard) = plan(&["a", "b"], 1);
        let mut lacking = Job { id: 1, ..jobs[0].clone() };
        lacking.case.name = case.into();
        lacking.runs.iter_mut().for_each(|run| run.key.push('x'));
        jobs.insert(0, lacking);
        let error = supervise(jobs, &settings(1), &Interruption::default(), &mut heard).unwrap_err();
        assert!(matches!(error, SupervisorError::Place { runs: 2, .. }), "{case}: {error}");
        assert!(error.to_string().contains(reason), "{case}: {error}");
        assert_eq!(heard.ended.len(), 2, "{case}");
    }
}

#[test]
fn an_event_without_the_token_of_its_job_is_none() {
    let heard = run(&["a", "forges", "b"], 1);
    for name in ["a", "forges", "b"] {
        assert_eq!(heard.of(name), (Outcome::Completed, String::new()), "{name}");
    }
    let notes = heard.notes.iter().filter(|note| note.contains("an event that is not its own")).count();
    assert_eq!(notes, 3, "{:?}", heard.notes);
}

#[test]
fn a_worker_killed_from_outside_costs_no_run_unless_it_happens_every_time() {
    let marks = tempfile::tempdir().unwrap();
    let (jobs, mut heard) = plan(&["a", "killed-once", "killed", "b"], 2);
    let settings = Settings { programs: programs(&[marks.path()]), ..settings(2) };
    supervise(jobs, &settings, &Interruption::default(), &mut heard).expect("supervision");
    assert_eq!(heard.ended.len(), 4, "every run ends exactly once");
    for innocent in ["a", "killed-once", "b"] {
        assert_eq!(heard.of(innocent).0, Outcome::Completed, "{innocent}");
    }
    let (outcome, detail) = heard.of("killed");
    assert_eq!(outcome, Outcome::Crashed);
    assert!(detail.contains("SIGKILL") && detail.contains("in each of 5 attempts"), "{detail}");
}

#[test]
fn a_descendant_that_holds_the_pipe_delays_nothing() {
    let begun = Instant::now();
    let heard = run(&["orphan", "a"], 1);
    assert!(heard.of("orphan").1.contains("SIGABRT"), "{:?}", heard.of("orphan"));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn nonsense_is_noted_and_output_is_bounded() {
    let heard = run(&["garbage", "talker", "a"], 1);
    assert_eq!(heard.of("garbage").0, Outcome::Completed);
    assert!(heard.notes.iter().any(|note| note.contains("this is no event")), "{:?}", heard.notes);
    let kept: usize = heard.output.values().map(|(text, _)| text.len()).sum();
    let dropped: u64 = heard.output.values().map(|(_, dropped)| dropped).sum();
    assert!(kept <= 3 * 64 * 1024 && dropped > 100_000, "{kept} kept, {dropped} dropped");
}

#[test]
fn a_case_that_makes_no_sense_is_skipped_with_its_reason() {
    let (mut jobs, mut heard) = plan(&["a", "b"], 1);
    jobs.iter_mut().for_each(|job| job.case.name = "impossible".into());
    supervise(jobs, &settings(1), &Interruption::default(), &mut heard).unwrap();
    assert_eq!(heard.of("a"), (Outcome::Skipped, "an unobserved row".into()));
    assert_eq!(heard.of("b").0, Outcome::Skipped);
}

/// An optimizer, and what sets the job of its run apart from the others.
type Lone<'a> = (&'a str, fn(&mut Job));

/// One job for each run, by one worker at a time. Returns for every run that was reported whose references it had: the
/// optimizer for whose job they were solved.
fn solvers<'a>(runs: &[Lone<'a>]) -> (BTreeMap<&'a str, &'a str>, Heard) {
    let names: Vec<&str> = runs.iter().map(|(name, _)| *name).collect();
    let (jobs, mut heard) = plan(&names, 1);
    let [whole] = jobs.as_slice() else { panic!("one instance, one worker, one job") };
    let jobs = runs.iter().zip(&whole.runs).zip(0..).map(|(((_, change), run), id)| {
        let mut job = Job { id, runs: vec![run.clone()], ..whole.clone() };
        job.case.name = "told".into();
        change(&mut job);
        job
    });
    supervise(jobs.collect(), &settings(1), &Interruption::default(), &mut heard).expect("supervision");
    assert_eq!(heard.ended.len(), runs.len(), "every run ends exactly once");
    let solver = |missing: &str| {
        let id: usize = missing.strip_prefix("solved for job ").expect("a told reference").parse().expect("a number");
        // A job that is begun again has a number of its own.
        names.get(id).copied().unwrap_or("begun again")
    };
    let of = |name: &&'a str| {
        let ended = heard.ended.iter().find(|(of, _)| of == name).map(|(_, ended)| ended)?;
        Some((*name, solver(ended.result.reference.missing.as_deref()?)))
    };
    (names.iter().filter_map(of).collect(), heard)
}

#[test]
fn references_are_solved_once_for_an_instance_and_for_each_instance() {
    let (solvers, _) = solvers(&[
        ("first", |_| {}),
        ("start", |job| (job.case.init, job.init_seed) = (Init::Small, job.init_seed + 1)),
        ("budget", |job| (job.case.budget, job.case.name) = (5.0, "told-otherwise".into())),
        ("seed", |job| job.instance_seed += 1),
        ("seed-start", |job| (job.instance_seed, job.case.init) = (job.instance_seed + 1, Init::Small)),
        ("parameter", |job| drop(job.case.parameters.insert("rank".into(), Value::Integer(2)))),
        ("family", |job| job.case.family = "bilinear-sensing".into()),
        ("data", |job| job.data_root = "elsewhere".into()),
        ("last", |_| {}),
    ]);
    let expected = [
        ("first", "first"),
        ("start", "first"),
        ("budget", "first"),
        ("seed", "seed"),
        ("seed-start", "seed"),
        ("parameter", "parameter"),
        ("family", "family"),
        ("data", "data"),
        ("last", "first"),
    ];
    assert_eq!(solvers, BTreeMap::from(expected));
}

#[test]
fn a_worker_in_which_a_run_ended_badly_hands_no_references_on() {
    let next: fn(&mut Job) = |job| job.instance_seed += 1;
    for bad in ["garbage", "lost-report"] {
        let (solvers, _) = solvers(&[("a", |_| {}), (bad, |_| {}), ("b", next), ("c", next), ("d", |_| {})]);
        let of = |name| solvers.get(name).copied();
        assert_eq!((of("a"), of("d")), (Some("a"), Some("a")), "{bad}: what was known before stays known");
        assert_eq!((of("b"), of("c")), (Some("b"), Some("c")), "{bad}: what came after is used there and nowhere else");
    }
    // A worker in which a run failed does nothing more: the next one is another process.
    let (told, _) = solvers(&[("a", |_| {}), ("plugin-error", |_| {}), ("b", next), ("c", next), ("d", |_| {})]);
    let of = |name| told.get(name).copied();
    assert_eq!([of("a"), of("b"), of("c"), of("d")], [Some("a"), Some("b"), Some("b"), Some("a")]);
    // And so is the worker after one that died.
    let (solvers, heard) = solvers(&[("segfault", |_| {}), ("b", next), ("c", next)]);
    assert_eq!(heard.of("segfault").0, Outcome::Crashed);
    assert_eq!(solvers, BTreeMap::from([("b", "b"), ("c", "b")]));
}

#[test]
fn a_run_that_is_begun_again_keeps_the_references_of_its_instance() {
    let (solvers, heard) = solvers(&[("poison", |_| {}), ("b", |_| {})]);
    assert!(heard.notes.iter().any(|note| note.contains("it is begun again in another one")), "{:?}", heard.notes);
    assert_eq!(solvers, BTreeMap::from([("poison", "poison"), ("b", "poison")]));
}

#[test]
fn workers_that_never_start_are_no_fault_of_a_run() {
    let (jobs, mut heard) = plan(&["a"], 1);
    let settings = Settings { programs: programs(&[Path::new("stillborn")]), ..settings(1) };
    let error = supervise(jobs, &settings, &Interruption::default(), &mut heard).unwrap_err();
    assert!(matches!(error, SupervisorError::FalseStarts { .. }), "{error}");
    assert!(error.to_string().contains("status 9: cannot start"), "{error}");
    assert!(heard.ended.is_empty());
}

#[test]
fn a_full_disk_stops_the_session() {
    let (jobs, mut heard) = plan(&["a", "b", "c"], 1);
    heard.fail_after = Some(1);
    let error = supervise(jobs, &settings(1), &Interruption::default(), &mut heard).unwrap_err();
    assert!(matches!(error, SupervisorError::Store(_)), "{error}");
    assert_eq!(heard.ended.len(), 1);
}

#[test]
fn an_interruption_ends_at_once_and_leaves_no_process() {
    let (jobs, mut heard) = plan(&["hang"], 1);
    let interruption = Interruption::default();
    let raised = interruption.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        raised.raise(2);
    });
    let begun = Instant::now();
    supervise(jobs, &settings(1), &interruption, &mut heard).unwrap();
    assert!(begun.elapsed() < Duration::from_millis(1400), "{:?}", begun.elapsed());
    assert!(heard.ended.is_empty());
}

#[test]
fn a_worker_is_given_runs_of_one_runtime_and_makes_room_for_the_other() {
    for workers in [1, 2, 5] {
        let heard = run(&["a", "python-1", "b", "python-2", "segfault", "c", "python-3"], workers);
        for good in ["a", "python-1", "b", "python-2", "c", "python-3"] {
            assert_eq!(heard.of(good), (Outcome::Completed, String::new()), "{good}");
        }
        assert_eq!(heard.of("segfault").0, Outcome::Crashed);
    }
}

#[test]
fn importing_is_not_the_time_of_a_run_and_a_run_that_dies_of_it_says_so() {
    let heard = run(&["slow-import", "python-1", "fatal-import"], 1);
    for good in ["slow-import", "python-1"] {
        assert_eq!(heard.of(good), (Outcome::Completed, String::new()), "{good}: {:?}", heard.notes);
    }
    let (outcome, detail) = heard.of("fatal-import");
    assert_eq!((outcome, detail.as_str()), (Outcome::Crashed, "killed by signal 11 (SIGSEGV) while it was imported"));
}
