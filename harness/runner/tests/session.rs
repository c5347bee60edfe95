//! Sessions on a run directory: continuing, repairing, changing the suite, refusing.
#[expect(dead_code, reason = "every test file uses a part of it")]
mod support;

use std::path::{Path, PathBuf};

use flatbench_records::protocol::Tier;
use flatbench_records::{Environment, Outcome, Record, Rule, Split};
use flatbench_runner::plan::{Filter, PlannedRun};
use flatbench_runner::session::{Options, Progress, SessionError, Summary, execute};
use flatbench_runner::store::{Lock, Log, RunDirectory, StoreError};
use flatbench_runner::suite::Suite;
use flatbench_runner::{Build, Interruption, Program, Programs, describe_environment};
use support::{check_in, plugins, suite_text};

const NAMES: [&str; 3] = ["gd", "sgd", "segfault"];

#[derive(Default)]
struct Said(Vec<String>);

impl Progress for Said {
    fn stage(&mut self, _name: &str, _runs: &[PlannedRun], _missing: &[PlannedRun]) {}
    fn recorded(&mut self, _record: &Record) {}
    fn say(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }
    fn stage_over(&mut self) {}
}

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Bench { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.out().join(name)).unwrap_or_default()
    }

    fn options(&self, suite: &Suite, fresh: bool) -> Options {
        let fake = Program::native(env!("CARGO_BIN_EXE_flatbench-fake-worker"), Vec::new());
        Options {
            out: self.out(),
            filter: Filter::new(suite, &[], &[]).expect("no names"),
            elsewhere: Vec::new(),
            jobs: 2,
            tier: Tier::Cheap,
            fresh,
            retry_failed: false,
            memory: None,
            keep_parameters: false,
            programs: Programs { native: fake.clone(), python: fake },
            beside: Vec::new(),
        }
    }

    fn try_run(&self, text: &str, fresh: bool) -> Result<(Summary, String), SessionError> {
        let suite = check_in(text, Path::new("."), &NAMES).expect("a suite");
        let mut said = Said::default();
        let options = self.options(&suite, fresh);
        let summary = execute(&suite, &plugins(&NAMES), &environment(), &options, &Interruption::default(), &mut said)?;
        Ok((summary, said.0.join("\n")))
    }

    fn run(&self, text: &str) -> (Summary, String) {
        self.try_run(text, false).expect("a session")
    }
}

fn environment() -> Environment {
    describe_environment(Build { version: "0", rustc: None, profile: "test" }, None, &plugins(&NAMES))
}

fn base() -> String {
    suite_text("", &["gd", "segfault"])
}

#[test]
fn running_again_does_only_what_is_missing() {
    let bench = Bench::new();
    let (first, _) = bench.run(&base());
    assert_eq!((first.records.len(), first.done_now, first.missing), (8, 8, 0));
    assert_eq!(first.records.iter().filter(|record| record.result.outcome == Outcome::Crashed).count(), 4);
    let trajectories = std::fs::read_dir(bench.out().join("trajectories")).unwrap().count();
    assert_eq!(trajectories, 4, "completed runs have a trajectory");
    assert!(!bench.out().join("lock").exists() && !bench.out().join(".held").exists(), "nothing is left behind");

    let (again, said) = bench.run(&base());
    assert_eq!((again.done_now, said.as_str()), (0, ""));
    assert_eq!(again.records, first.records);

    let lines = bench.file("records.jsonl");
    let half: Vec<&str> = lines.lines().take(3).collect();
    std::fs::write(bench.out().join("records.jsonl"), half.join("\n") + "\n").unwrap();
    let (rest, _) = bench.run(&base());
    assert_eq!((rest.done_now, rest.missing), (5, 0));
    assert_eq!(rest.records, first.records);
}

#[test]
fn a_library_that_is_built_anew_before_it_is_held_on_to_is_refused() {
    let bench = Bench::new();
    let suite = check_in(&base(), Path::new("."), &NAMES).expect("a suite");
    let mut plugins = plugins(&NAMES);
    // Since it was hashed, the file has become another one.
    plugins.iter_mut().for_each(|plugin| plugin.hash = "0123456789abcdef".into());
    let (options, mut said) = (bench.options(&suite, false), Said::default());
    let refused = execute(&suite, &plugins, &environment(), &options, &Interruption::default(), &mut said).unwrap_err();
    assert!(refused.to_string().contains("has changed since it was read"), "{refused}");
    assert!(!bench.out().join(".held").exists() && bench.file("records.jsonl").is_empty());
}

#[test]
fn flawed_lines_are_named_and_kept_aside() {
    let bench = Bench::new();
    let (first, _) = bench.run(&base());
    let lines: Vec<String> = bench.file("records.jsonl").lines().map(str::to_owned).collect();
    let foreign = lines[0].replace("\"suite\":\"made-up\"", "\"suite\":\"other\"");
    let torn = &lines[7][..lines[7].len() / 2];
    let broken =
        [lines[0].as_str(), "{\"not\": \"a record\"}", &lines[0], &foreign, "\u{0}\u{0}", &lines[1], torn].join("\n");
    std::fs::write(bench.out().join("records.jsonl"), broken).unwrap();
    let (repaired, said) = bench.run(&base());
    assert_eq!((repaired.done_now, repaired.missing), (6, 0));
    assert_eq!(repaired.records.len(), first.records.len());
    for words in [
        "line 2: no record",
        "line 3: the same key as line 1",
        "line 4: a record of the suite `other`",
        "line 5: no record",
        "line 7: cut off",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(bench.file("records.torn.jsonl"), format!("{torn}\n"));
    assert_eq!(bench.file("records.rejected.jsonl").lines().count(), 4);
    assert_eq!(bench.file("records.jsonl").lines().count(), 8);
}

#[test]
fn a_whole_line_without_its_end_is_used() {
    let bench = Bench::new();
    bench.run(&base());
    let whole = bench.file("records.jsonl");
    std::fs::write(bench.out().join("records.jsonl"), whole.trim_end()).unwrap();
    let (again, _) = bench.run(&base());
    assert_eq!(again.done_now, 0);
    assert_eq!(bench.file("records.jsonl"), whole);
}

#[test]
fn newer_records_are_refused_untouched() {
    let bench = Bench::new();
    bench.run(&base());
    let newer = bench.file("records.jsonl").replacen("\"format\":1", "\"format\":99", 1);
    std::fs::write(bench.out().join("records.jsonl"), &newer).unwrap();
    let error = bench.try_run(&base(), false).unwrap_err().to_string();
    assert!(
        error.contains("records.jsonl:1: record format 99 is newer") && error.contains("update flatbench"),
        "{error}"
    );
    assert_eq!(bench.file("records.jsonl"), newer);
}

#[test]
fn parcels_from_python_may_be_there_before_anything_else() {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.out().join("plugins")).unwrap();
    std::fs::write(bench.out().join("plugins/mine.fbpy"), "").unwrap();
    RunDirectory::open(&bench.out(), "made-up").expect("it is a run directory to be");
    assert!(bench.out().join("plugins/mine.fbpy").exists());
}

#[test]
fn other_directories_are_refused() {
    let bench = Bench::new();
    bench.run(&base());
    let before = bench.file("records.jsonl");
    let error = bench.try_run(&base().replace("made-up", "renamed"), false).unwrap_err().to_string();
    assert!(error.contains("holds runs of the suite `made-up`, not `renamed`"), "{error}");
    assert_eq!(bench.file("records.jsonl"), before);

    let other = Bench::new();
    std::fs::create_dir_all(other.out()).unwrap();
    std::fs::write(other.out().join("thesis.tex"), "years of work").unwrap();
    let error = other.try_run(&base(), false).unwrap_err().to_string();
    assert!(error.contains("is no run directory: it contains thesis.tex"), "{error}");
    assert_eq!(std::fs::read_dir(other.out()).unwrap().count(), 1, "nothing was written");
}

#[test]
fn two_processes_cannot_write_one_directory() {
    let bench = Bench::new();
    bench.run(&base());
    let lock = Lock::take(&bench.out()).unwrap();
    let error = bench.try_run(&base(), false).unwrap_err();
    let mine = std::process::id().to_string();
    assert!(matches!(&error, SessionError::Store(StoreError::Locked { holder, .. }) if *holder == mine), "{error}");
    drop(lock);
    bench.run(&base());
}

#[test]
fn a_changed_suite_keeps_what_still_belongs_to_it() {
    let bench = Bench::new();
    let (first, _) = bench.run(&base());
    let changed = base().replace("rows = 5", "rows = 6");
    let (second, said) = bench.run(&changed);
    assert_eq!(second.done_now, 8);
    assert!(
        said.contains("case[matrix-sensing].rows: 5 -> 6") && said.contains("0 records kept; 8 belong to no"),
        "{said}"
    );
    assert_eq!(bench.file("records.jsonl").lines().count(), 8, "no record of the old case is left among the new");
    // Changed back, nothing has to be run again.
    let (third, said) = bench.run(&base());
    assert_eq!(third.done_now, 0, "{said}");
    assert_eq!(third.records, first.records);
    // A new name for the case is no new run.
    let (renamed, _) = bench.run(&base().replace("rows = 5", "rows = 5\nname = \"renamed\""));
    assert_eq!(renamed.done_now, 0);
    assert!(renamed.records.iter().all(|record| record.case == "renamed"));
    assert!(!bench.file("records.jsonl").contains("\"case\":\"matrix-sensing\""));
    // Fewer repetitions for a while do not cost the others.
    let (fewer, _) = bench.run(&base().replace("seeds = 2", "seeds = 1"));
    assert_eq!((fewer.records.len(), fewer.done_now), (4, 0));
    assert_eq!(bench.run(&base()).0.done_now, 0);
}

#[test]
fn a_fresh_start_moves_records_aside() {
    let bench = Bench::new();
    bench.run(&base());
    let (fresh, said) = bench.try_run(&base(), true).unwrap();
    assert_eq!(fresh.done_now, 8);
    assert!(said.contains("earlier records are in"), "{said}");
    assert_eq!(bench.file("earlier/1/records.jsonl").lines().count(), 8);
}

#[test]
fn tuning_chooses_by_its_rule_and_evaluation_runs_the_chosen() {
    let bench = Bench::new();
    let text = suite_text("[tuning]\nseeds = 1\n", &["gd", "sgd"]).replace(
        "name = \"sgd\"\n",
        "name = \"sgd\"\nsettings = [{ step_size = 0.1 }, { step_size = 0.2 }, { step_size = 0.3 }]\n",
    );
    let text = text.replace(
        "name = \"gd\"\n",
        "name = \"gd\"\nsettings = [{ step_size = 0.1 }, { step_size = 0.2 }, { step_size = 0.3 }]\n",
    );
    let (summary, _) = bench.run(&text);
    let (tuning, evaluation): (Vec<&Record>, Vec<&Record>) =
        summary.records.iter().partition(|record| record.split == Split::Tuning);
    assert_eq!((tuning.len(), evaluation.len()), (2 * 2 * 3, 2 * 2 * 2));
    assert!(tuning.iter().all(|record| !record.selected) && evaluation.iter().all(|record| record.selected));
    assert!(tuning.iter().all(|record| record.selection_rule.is_none()));
    assert!(evaluation.iter().all(|record| record.selection_rule == Some(Rule::Validation)));
    for record in &evaluation {
        let group = tuning.iter().filter(|other| other.optimizer == record.optimizer && other.init == record.init);
        let loss = |record: &Record| record.result.iterate.as_ref().and_then(|point| point.validation_loss).unwrap();
        let best = group.min_by(|a, b| loss(a).total_cmp(&loss(b))).unwrap();
        assert_eq!(record.hyperparameters, best.hyperparameters, "{} {:?}", record.optimizer, record.init);
    }
    // By another rule other settings may be chosen: then only theirs are left among the compared.
    let (other, _) = bench.run(&text.replace("[tuning]\n", "[tuning]\nrule = \"flattest\"\n"));
    let compared: Vec<&Record> = other.records.iter().filter(|record| record.selected).collect();
    assert_eq!(compared.len(), 8);
    let rules = |records: &[Record]| -> Vec<Option<Rule>> {
        let compared = records.iter().filter(|record| record.split == Split::Evaluation);
        compared.map(|record| record.selection_rule).collect()
    };
    assert_eq!(rules(&other.records), vec![Some(Rule::Flattest); 8], "kept records too name the present rule");
    assert!(
        compared.iter().all(|record| record.hyperparameters == compared[0].hyperparameters),
        "ties go to the first"
    );
    let (records, flaws) = RunDirectory::read(&bench.out()).unwrap();
    assert_eq!((records.len(), flaws.len()), (12 + 8, 0), "no evaluation of an unchosen setting is left");
    assert_eq!(rules(&records), rules(&other.records));
}

#[test]
fn a_vanished_directory_is_reported() {
    let bench = Bench::new();
    let suite = check_in(&base(), Path::new("."), &NAMES).unwrap();
    let (summary, _) = bench.run(&base());
    let mut opened = RunDirectory::open(&bench.out(), suite.name()).unwrap().directory;
    std::fs::remove_dir_all(bench.out()).unwrap();
    let error = opened.keep(summary.records[0].clone(), None).unwrap_err().to_string();
    assert!(error.contains("records.jsonl") && error.contains("run again to continue"), "{error}");
}

/// Whoever may write in a run directory must not choose what flatbench writes, not even while it runs.
#[test]
fn a_link_that_appears_later_leads_nowhere() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new();
    let (summary, _) = bench.run(&base());
    let elsewhere = bench.folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let precious = elsewhere.join("precious");
    std::fs::write(&precious, "precious\n").unwrap();
    let is_link = |error: &StoreError| matches!(error, StoreError::Link { .. });
    let link = |name: &str| {
        let at = bench.out().join(name);
        let _ = std::fs::remove_file(&at);
        symlink(&precious, &at).unwrap();
    };

    let mut opened = RunDirectory::open(&bench.out(), "made-up").unwrap().directory;
    for name in ["suite.toml", ".unfinished-suite.toml", "environment.json", ".unfinished-environment.json"] {
        link(name);
    }
    opened.describe("name = \"made-up\"\n", &environment()).unwrap();
    assert_eq!(bench.file("suite.toml"), "name = \"made-up\"\n", "a link is replaced by the file");
    for name in ["records.retried.jsonl", "log.txt"] {
        link(name);
    }
    assert!(is_link(&opened.retry_failed().unwrap_err()));
    assert!(is_link(&Log::open(&bench.out()).unwrap_err()));

    let completed = summary.records.iter().find(|record| record.result.outcome == Outcome::Completed).unwrap();
    let trajectory = opened.trajectory(&completed.key).unwrap().unwrap();
    let folder = bench.out().join("trajectories");
    link(&format!("trajectories/.unfinished-{}.json", completed.key));
    opened.keep(completed.clone(), Some(&trajectory)).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    assert!(is_link(&opened.keep(completed.clone(), Some(&trajectory)).unwrap_err()));

    opened.keep_parameters(&completed.key, b"numbers").unwrap();
    link(&format!("parameters/{}.npz", completed.key));
    opened.keep_parameters(&completed.key, b"numbers").unwrap();
    assert_eq!(bench.file(&format!("parameters/{}.npz", completed.key)), "numbers", "a link is replaced by the file");
    let parameters = bench.out().join("parameters");
    std::fs::remove_dir_all(&parameters).unwrap();
    symlink(&elsewhere, &parameters).unwrap();
    assert!(is_link(&opened.keep_parameters(&completed.key, b"numbers").unwrap_err()));
    std::fs::remove_file(&parameters).unwrap();

    symlink(&elsewhere, bench.out().join("earlier")).unwrap();
    assert!(is_link(&opened.start_afresh().unwrap_err()));
    std::fs::remove_file(bench.out().join("records.jsonl")).unwrap();
    symlink(&precious, bench.out().join("records.jsonl")).unwrap();
    assert!(opened.keep(completed.clone(), None).is_err());
    drop(opened);
    link("lock");
    assert!(is_link(&Lock::take(&bench.out()).unwrap_err()));

    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious\n");
    assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 1);
}
