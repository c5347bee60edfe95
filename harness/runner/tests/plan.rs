//! Seeds, keys, order and pieces of the plan.
#[expect(dead_code, reason = "every test file uses a part of it")]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flatbench_records::protocol::Tier;
use flatbench_records::{Init, Metrics, Outcome, Record, Rule, RunResult, Runtime};
use flatbench_runner::plan::{Choice, Filter, Plan, PlannedRun, choose, jobs};
use flatbench_runner::plugins::Plugin;
use flatbench_runner::suite::Suite;
use flatbench_runner::supervisor::Ended;
use support::{check, check_in, plugins, suite_text};

fn evaluation(suite: &Suite, plugins: &[Plugin]) -> Vec<PlannedRun> {
    Plan::new(suite, plugins, Tier::Cheap).evaluation(Choice::All, &Filter::default())
}

fn runs(text: &str) -> Vec<PlannedRun> {
    evaluation(&check(text).expect("a suite"), &plugins(&["gd", "sgd", "sam"]))
}

fn keys(runs: &[PlannedRun]) -> BTreeSet<String> {
    runs.iter().map(|run| run.key.clone()).collect()
}

#[test]
fn the_order_of_optimizers_changes_no_seed_and_no_key() {
    let (one, other) = (runs(&suite_text("", &["gd", "sgd"])), runs(&suite_text("", &["sgd", "gd"])));
    assert_eq!(one.len(), 2 * 2 * 2, "two starts, two repetitions, two optimizers");
    assert_eq!(keys(&one), keys(&other));
    assert_eq!(keys(&one).len(), one.len(), "no two runs are the same");
    assert_eq!(keys(&one), keys(&runs(&suite_text("", &["gd", "sgd"]))), "the plan is a function of the suite");
}

#[test]
fn optimizers_share_instances_and_have_streams_of_their_own() {
    let runs = runs(&suite_text("", &["gd", "sgd"]));
    let mut instances: BTreeMap<u32, BTreeSet<(u64, u64)>> = BTreeMap::new();
    for run in &runs {
        instances.entry(run.repetition).or_default().insert((run.instance_seed, run.init_seed));
        assert!(run.instance_seed < 1 << 53 && run.stream_seed < 1 << 53, "exact in every reader of JSON");
    }
    assert!(instances.values().all(|seeds| seeds.len() == 1), "{instances:?}");
    assert_eq!(instances.values().collect::<BTreeSet<_>>().len(), 2, "repetitions differ");
    let streams: BTreeSet<u64> = runs.iter().map(|run| run.stream_seed).collect();
    assert_eq!(streams.len(), runs.len());
}

#[test]
fn tuning_meets_instances_of_its_own() {
    let text = suite_text("[tuning]\nseeds = 2\n", &["gd"]) + "settings = [{ step_size = 0.1 }, { step_size = 0.2 }]\n";
    let suite = check(&text).unwrap();
    let plugins = plugins(&["gd"]);
    let plan = Plan::new(&suite, &plugins, Tier::Cheap);
    let seeds = |runs: &[PlannedRun]| runs.iter().map(|run| run.instance_seed).collect::<BTreeSet<_>>();
    let tuning = plan.tuning(&Filter::default());
    assert_eq!(tuning.len(), 2 * 2 * 2);
    assert!(seeds(&tuning).is_disjoint(&seeds(&plan.evaluation(Choice::All, &Filter::default()))));
}

#[test]
fn a_case_may_have_repetitions_of_its_own_and_be_left_out_of_tuning() {
    let case = |name: &str, lines: &str| {
        format!(
            "\n[[case]]\nfamily = \"matrix-sensing\"\nname = \"{name}\"\nrows = 5\nrank = 1\nfactor_rank = 5\n{lines}"
        )
    };
    let text = "name = \"x\"\nbudget = 1\nseeds = 2\n[tuning]\ncases = [\"tuned\"]\n".to_owned()
        + &case("tuned", "seeds = 5\n")
        + &case("plain", "condition_number = 2.0\n")
        + "\n[[optimizer]]\nname = \"gd\"\nsettings = [{ step_size = 0.1 }, { step_size = 0.2 }]\n";
    let suite = check(&text).expect("a suite");
    let plugins = plugins(&["gd"]);
    let plan = Plan::new(&suite, &plugins, Tier::Cheap);
    let all = Filter::default();
    let tuning = plan.tuning(&all);
    assert_eq!(tuning.len(), 2 * 2, "one repetition, two starts, two settings");
    assert!(tuning.iter().all(|run| run.case.name == "tuned"));
    let unread = |_: &str| Ok::<_, std::convert::Infallible>(None);
    let Ok(chosen) = choose(&tuning, Rule::Validation, &|_| None, &unread);
    let evaluation = plan.evaluation(Choice::Tuned(&chosen), &all);
    let of = |case: &str| evaluation.iter().filter(|run| run.case.name == case).count();
    assert_eq!((of("tuned"), of("plain")), (2 * 5, 2 * 2));
    assert!(evaluation.iter().all(|run| run.setting == 0 && run.selected), "the middle one, of two the earlier");

    let again = check(&suite.to_toml()).expect("the resolved suite can be read again");
    assert_eq!(again.to_toml(), suite.to_toml());
    let fewer = suite.with_seeds(1);
    assert_eq!(Plan::new(&fewer, &plugins, Tier::Cheap).evaluation(Choice::Tuned(&chosen), &all).len(), 2 * 2);
}

#[test]
fn whatever_decides_a_result_is_in_the_key() {
    let base = suite_text("", &["gd"]);
    let original = keys(&runs(&base));
    for (what, changed) in [
        ("parameter", base.replace("rows = 5", "rows = 6")),
        ("default parameter", base.replace("rows = 5", "rows = 5\ncondition_number = 2")),
        ("budget", base.replace("budget = 100", "budget = 101")),
        ("hyper-parameter", base.clone() + "settings = [{ step_size = 0.25 }]\n"),
        ("unit", base.clone() + "settings = [{ step_size = { value = 0.5, unit = \"1/lambda_max\" } }]\n"),
        ("suite", base.replace("made-up", "other")),
        ("levels of the loss", base.replace("rows = 5", "rows = 5\ncrossings = [1e-4]")),
        ("loss to stop at", base.replace("rows = 5", "rows = 5\nstop_at_loss = 1e-4")),
        ("size of the start", base.replace("rows = 5", "rows = 5\ninit_scale = 1")),
    ] {
        assert!(original.is_disjoint(&keys(&runs(&changed))), "{what}");
    }
    let suite = check(&base).unwrap();
    let mut rebuilt = plugins(&["gd"]);
    rebuilt[0].hash = "another".into();
    assert!(original.is_disjoint(&keys(&evaluation(&suite, &rebuilt))), "plugin");
    let dense = suite_text("[measure]\ncheckpoints = 40", &["gd"]);
    assert!(original.is_disjoint(&keys(&runs(&dense))), "checkpoints");
    assert_eq!(original, keys(&runs(&suite_text("[measure]", &["gd"]))), "nothing more");
    let full = Plan::new(&suite, &plugins(&["gd"]), Tier::Full).evaluation(Choice::All, &Filter::default());
    assert!(original.is_disjoint(&keys(&full)), "tier");
}

#[test]
fn what_decides_nothing_is_not_in_the_key() {
    let base = suite_text("", &["gd"]);
    let original = keys(&runs(&base));
    for (what, changed) in [
        ("name of the case", base.replace("rows = 5", "rows = 5\nname = \"renamed\"")),
        ("description", suite_text("description = \"words\"", &["gd"])),
        ("time limit", suite_text("time_limit = 3", &["gd"])),
        ("limit for measuring", suite_text("measuring_limit = 3", &["gd"])),
        ("a default written out", base.replace("rows = 5", "rows = 5\ncondition_number = 1")),
        ("a whole number for a real one", base.clone() + "settings = [{ step_size = 0.5, batch_size = 0 }]\n"),
    ] {
        assert_eq!(original, keys(&runs(&changed)), "{what}");
    }
    let with_step = |step: &str| keys(&runs(&(base.clone() + &format!("settings = [{{ step_size = {step} }}]\n"))));
    assert_eq!(with_step("2"), with_step("{ value = 2.0 }"), "one meaning, one key");
    assert_eq!(with_step("2"), with_step("{ schedule = \"constant\", from = 2 }"));
    let more = keys(&runs(&base.replace("seeds = 2", "seeds = 3")));
    assert!(original.is_subset(&more), "more repetitions keep the first ones");
}

#[test]
fn a_data_file_counts_by_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let text = |file: &str| {
        format!(
            "name = \"x\"\nbudget = 1\n[[case]]\nfamily = \"matrix-completion\"\nfile = \"{file}\"\n[[optimizer]]\nname = \"gd\"\n"
        )
    };
    let keys_of =
        |file: &str| keys(&evaluation(&check_in(&text(file), folder.path(), &["gd"]).unwrap(), &plugins(&["gd"])));
    std::fs::write(folder.path().join("a.csv"), "1,2").unwrap();
    std::fs::write(folder.path().join("b.csv"), "1,2").unwrap();
    let before = keys_of("a.csv");
    assert_eq!(before, keys_of("b.csv"));
    std::fs::write(folder.path().join("a.csv"), "1,3").unwrap();
    assert!(before.is_disjoint(&keys_of("a.csv")));
    // How it is read is part of the case, but not of what is run.
    let keys = "header = false\ncolumns = [1, \"b\", 2.5]\ndelimiter = \";\"";
    let with_keys = text("b.csv").replace("[[optimizer]]", &format!("{keys}\n[[optimizer]]"));
    let suite = check_in(&with_keys, folder.path(), &["gd"]).unwrap();
    assert_eq!(before, self::keys(&evaluation(&suite, &plugins(&["gd"]))));
    let resolved = suite.to_toml();
    assert!(
        resolved.contains("columns = [\"1\", \"b\", \"2.5\"]") && resolved.contains("header = false"),
        "{resolved}"
    );
    assert_eq!(check(&resolved).unwrap().to_toml(), resolved);
}

#[test]
fn filters_keep_keys_and_refuse_unknown_names() {
    let suite = check(&suite_text("", &["gd", "sgd"])).unwrap();
    let plugins = plugins(&["gd", "sgd"]);
    let filter = Filter::new(&suite, &["sgd".into()], &[]).unwrap();
    let some = Plan::new(&suite, &plugins, Tier::Cheap).evaluation(Choice::All, &filter);
    assert!(!some.is_empty() && some.iter().all(|run| run.optimizer == "sgd"));
    assert!(keys(&some).is_subset(&keys(&evaluation(&suite, &plugins))));
    let error = Filter::new(&suite, &["sgdd".into()], &[]).unwrap_err().to_string();
    assert!(error.contains("no optimizer `sgdd` (did you mean `sgd`?"), "{error}");
}

#[test]
fn jobs_cover_the_plan_and_keep_every_worker_busy() {
    let runs = runs(&suite_text("", &["gd", "sgd", "sam"]));
    for workers in [1, 2, 7] {
        let jobs = jobs(&runs, workers, Path::new("."), Tier::Cheap);
        let listed: Vec<&String> = jobs.iter().flat_map(|job| &job.runs).map(|run| &run.key).collect();
        assert_eq!(listed, runs.iter().map(|run| &run.key).collect::<Vec<_>>());
        assert!(jobs.len() >= workers.min(runs.len()));
        assert_eq!(jobs.iter().map(|job| job.id).collect::<BTreeSet<_>>().len(), jobs.len());
    }
    assert_eq!(jobs(&runs, 1, Path::new("."), Tier::Cheap).len(), 4, "one per instance and start");
}

#[test]
fn a_job_has_runs_of_one_runtime_whatever_their_order() {
    let names = ["gd", "python-a", "sgd", "python-b"];
    let suite = check_in(&suite_text("", &names), Path::new("."), &names).expect("a suite");
    let runs = evaluation(&suite, &plugins(&names));
    for workers in [1, 2, 7] {
        let jobs = jobs(&runs, workers, Path::new("."), Tier::Cheap);
        for job in &jobs {
            assert!(job.runs.iter().all(|run| Runtime::of(&run.library) == job.runtime()), "{job:?}");
        }
        let python: Vec<&str> = jobs
            .iter()
            .filter(|job| job.runtime() == Runtime::Python && job.instance_seed == runs[0].instance_seed)
            .filter(|job| job.init_seed == runs[0].init_seed && job.case == *runs[0].case)
            .flat_map(|job| job.runs.iter().map(|run| run.optimizer.as_str()))
            .collect();
        assert_eq!(python, ["python-a", "python-b"]);
        assert_eq!(jobs.iter().map(|job| job.runs.len()).sum::<usize>(), runs.len());
    }
}

#[test]
fn starts_of_other_sizes_are_taken_from_the_same_draws() {
    let one = |scale: &str| suite_text("", &["gd"]).replace("rows = 5", &format!("rows = 5\n{scale}"));
    let swept = runs(&one("sweep = { init_scale = [1e-6, 0.01, 10] }"));
    let large = runs(&one("init = \"large\""));
    let seeds = |runs: &[PlannedRun]| -> BTreeSet<(u64, u64)> {
        runs.iter().map(|run| (run.instance_seed, run.init_seed)).collect()
    };
    assert_eq!(seeds(&swept), seeds(&large));
    assert_eq!(swept.len(), 3 * large.len());
    assert_eq!(keys(&swept).len(), swept.len(), "each has a key of its own");
    assert!(swept.iter().all(|run| run.init() == Init::Scaled));
    assert_eq!(swept[0].case.init_scale, Some(1e-6));
    // However the start is called, it is one.
    let named = |init: &str| keys(&runs(&one(&format!("init = [{init}]\ninit_scale = 0.5"))));
    assert_eq!(named("\"large\""), named("\"scaled\""));
    assert_eq!(named("\"large\""), keys(&runs(&one("init_scale = 0.5"))));
    let suite = check(&one("init_scale = 0.5")).expect("a suite");
    assert_eq!(check(&suite.to_toml()).expect("it can be read again"), suite);
    assert!(!check(&one("")).expect("a suite").to_toml().contains("init_scale"), "said where it is asked for alone");
}

#[test]
fn settings_cannot_be_chosen_by_a_loss_that_runs_do_not_come_to() {
    let text = suite_text("stop_at_loss = 1e-3", &["gd"]) + "settings = [{ step_size = 1 }, { step_size = 2 }]\n";
    let warned = |rule: &str| {
        let suite = check(&(text.clone() + &format!("[tuning]\nrule = \"{rule}\"\n"))).expect("a suite");
        suite.warnings().iter().any(|warning| warning.contains("none has a score"))
    };
    assert!(warned("train") && !warned("validation"));
}

#[test]
fn settings_may_depend_on_the_start() {
    let settings =
        "settings.large = [{ step_size = 0.1 }, { step_size = 0.2 }]\nsettings.small = [{ step_size = 3 }]\n";
    let text = suite_text("", &["gd"]) + settings;
    let suite = check(&text).expect("a suite");
    let steps = |runs: &[PlannedRun], init: Init| -> Vec<String> {
        let own = runs.iter().filter(|run| run.init() == init && run.repetition == 0);
        own.map(|run| run.hyperparameters["step_size"].to_string()).collect()
    };
    let planned = evaluation(&suite, &plugins(&["gd"]));
    assert_eq!(steps(&planned, Init::Large), ["0.1", "0.2"]);
    assert_eq!(steps(&planned, Init::Small), ["3.0"]);
    assert!(planned.iter().all(|run| run.selected == (run.init() == Init::Small)), "one setting is compared as it is");
    assert_eq!(check(&suite.to_toml()).expect("it can be read again"), suite);

    // What the setting is decides the key, not how it is written.
    let everywhere = |settings: &str| keys(&runs(&(suite_text("", &["gd"]) + settings)));
    let twice = "settings = { large = [{ step_size = 2 }], small = [{ step_size = 2 }] }\n";
    assert_eq!(everywhere(twice), everywhere("settings = [{ step_size = 2 }]\n"));
}

/// What comes of a tuning run whose held-out loss is `loss` times that at the start.
fn validated(run: &PlannedRun, loss: f64) -> (String, Record) {
    let mut result = RunResult::ended(Outcome::Completed, "");
    result.start = Some(Metrics { validation_loss: Some(4.0), ..Metrics::default() });
    result.iterate = Some(Metrics { validation_loss: Some(4.0 * loss), ..Metrics::default() });
    let ended =
        Ended { key: run.key.clone(), dimensions: None, result: Box::new(result), trajectory: None, points: None };
    (run.key.clone(), run.record(ended))
}

#[test]
fn of_settings_that_tie_the_middle_one_is_chosen() {
    let steps: Vec<String> = (1..=5).map(|step| format!("{{ step_size = {step} }}")).collect();
    let text = suite_text("[tuning]\n", &["gd"]) + &format!("settings = [{}]\n", steps.join(", "));
    let suite = check(&text).expect("a suite");
    let plugins = plugins(&["gd"]);
    let tuning = Plan::new(&suite, &plugins, Tier::Cheap).tuning(&Filter::default());
    let chosen = |losses: [f64; 5]| {
        let records: BTreeMap<String, Record> = tuning.iter().map(|run| validated(run, losses[run.setting])).collect();
        let unread = |_: &str| Ok::<_, std::convert::Infallible>(None);
        let Ok(chosen) = choose(&tuning, Rule::Validation, &|key| records.get(key), &unread);
        chosen.setting("matrix-sensing", Init::Large, "gd", 5)
    };
    assert_eq!(chosen([3.0, 2.0, 1.0, 2.0, 0.5]), 4, "the smallest loss");
    assert_eq!(chosen([3e-25, 4e-26, 1e-25, 6e-15, 5e-24]), 2, "what is zero to the limit map is no difference");
    assert_eq!(chosen([3e-25, 4e-26, 1e-25, 2e-14, 5e-14]), 1, "and what is not is one");
    assert_eq!(chosen([1.0, 0.5, 0.5 * (1.0 + 1e-12), 2.0, 3.0]), 1, "of two the earlier");
}
