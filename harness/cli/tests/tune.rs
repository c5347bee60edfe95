//! `flatbench tune`: settings are searched with as many trials for everybody, and what is found can be pasted, run and repeated.
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Output;

use flatbench_records::directory::{self, TRIALS};
use flatbench_records::tuning::score;
use flatbench_records::{Init, Record, Split, Trial};
use support::{Bench, flatbench, records, shown, text, timeless};

const SUITE: &str = r#"
name = "small"
budget = 200
seeds = 1

[[case]]
name = "sensing"
family = "matrix-sensing"
rows = 6
cols = 5
rank = 1
measurements = 24

[[case]]
name = "completion"
family = "matrix-completion"
rows = 7
cols = 7
rank = 1
sampling_rate = 0.8
init = ["large"]

[[case]]
name = "outliers"
family = "robust-pca"
rows = 6
cols = 6
rank = 1
outlier_fraction = 0.03

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }]

[[optimizer]]
name = "sam-batch-1"
plugin = "sam"
settings = [{ radius = 0.05, batch_size = 1 }]
"#;

fn tune(suite: &Path, arguments: &[&str]) -> Output {
    flatbench().arg("tune").arg(suite).args(arguments).output().expect("flatbench starts")
}

/// Builds the plugins, which the commands of the tests then take as they are; their names.
fn built() -> Vec<String> {
    let listed = flatbench().args(["list", "optimizers", "--json"]).output().expect("flatbench starts");
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let names = listed.as_array().expect("a list").iter().filter_map(|row| row["name"].as_str());
    names.map(str::to_owned).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn what_is_found_can_be_pasted_run_and_repeated() {
    built();
    let bench = Bench::new(SUITE);
    let out = bench.path("tuning");
    let arguments =
        ["--optimizer", "gd,momentum,sam-batch-1", "--trials", "4", "--no-build", "--jobs", "2", "--out", &text(&out)];
    let output = tune(&bench.path("suite.toml"), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let page = said(&output);

    // The same number of trials for everybody, on every case that can judge, on instances that no evaluation uses.
    let rung = records(&out.join("rung-1"));
    assert_eq!(rung.len(), 3 * 4 * 3, "optimizers, trials, two starts of one case and one of the other");
    assert!(rung.iter().all(|record| record.split == Split::Tuning && record.case != "outliers"));
    let mut trials: BTreeMap<(&str, Init), BTreeSet<String>> = BTreeMap::new();
    for record in &rung {
        let setting = format!("{:?}", record.hyperparameters);
        trials.entry((&record.optimizer, record.init)).or_default().insert(setting);
    }
    assert!(trials.len() == 6 && trials.values().all(|trials| trials.len() == 4), "{trials:?}");
    assert!(page.contains("without outliers: it holds out no measurements to judge by"), "{page}");
    // What makes an entry of the suite a method of its own stays.
    assert!(
        rung.iter()
            .filter(|own| own.optimizer == "sam-batch-1")
            .all(|own| own.hyperparameters["batch_size"] == 1.into())
    );
    assert!(page.contains("batch_size     1, not searched: as in the suite, where it makes the method"), "{page}");

    // Pasted into a suite, and as the suite that was written: the same runs.
    let pasted = std::fs::read_to_string(out.join("tuned.toml")).expect("what is to be pasted");
    let entries = pasted.split_once("\n\n").expect("a head").1;
    assert!(page.contains(entries), "what is printed is what is written:\n{page}\n{pasted}");
    let cases = SUITE.split_once("\n[[optimizer]]").expect("optimizers").0.replace("\"small\"", "\"small-tuned\"");
    let by_hand = Bench::new(&format!("{cases}\n{entries}"));
    let plan = |suite: &Path| {
        let output =
            flatbench().arg("run").arg(suite).args(["--list=runs", "--no-build"]).output().expect("flatbench starts");
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        said(&output)
    };
    assert_eq!(plan(&by_hand.path("suite.toml")), plan(&out.join("tuned-suite.toml")));
    let run = flatbench()
        .args([
            "run",
            &text(&out.join("tuned-suite.toml")),
            "--no-build",
            "--quiet",
            "--out",
            &text(&bench.path("tuned")),
        ])
        .output()
        .expect("flatbench starts");
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let evaluated = bench.records("tuned");
    assert_eq!(evaluated.len(), 3 * 5);
    let seeds: BTreeSet<u64> = rung.iter().map(|record| record.instance_seed).collect();
    assert!(evaluated.iter().all(|record| !seeds.contains(&record.instance_seed)));

    // Every trial with its scores, where its records lead to them.
    let trials = directory::trials(&out).expect("readable").expect("written");
    assert_eq!(trials.len(), 3 * 2 * 4);
    for own in &trials {
        let is_of = |record: &&Record| {
            (&record.optimizer, record.init) == (&own.optimizer, own.init)
                && record.hyperparameters == own.hyperparameters
        };
        let cases = rung.iter().filter(is_of).map(|record| (record.case.clone(), score(own.rule, record, |_| None)));
        assert_eq!(own.rungs.len(), 1);
        assert_eq!(own.rungs[0].scores, cases.collect::<BTreeMap<_, _>>(), "{} {}", own.optimizer, own.trial);
        assert_eq!((own.suite.as_str(), own.rungs[0].share), ("small", 1.0));
    }
    let chosen: Vec<_> = trials.iter().filter(|own| own.chosen).collect();
    let has_run = |own: &&&Trial| {
        let is_of = |record: &&Record| (&record.optimizer, record.init) == (&own.optimizer, own.init);
        evaluated.iter().filter(is_of).all(|record| record.hyperparameters == own.hyperparameters)
    };
    assert!(chosen.len() == 6 && chosen.iter().all(|own| has_run(&own)), "{chosen:?}");

    // Again: nothing is done anew, and the same is found.
    std::fs::remove_file(out.join(TRIALS)).expect("it is there");
    let before = std::fs::read(out.join("rung-1/records.jsonl")).expect("records");
    let again = tune(&bench.path("suite.toml"), &arguments);
    assert_eq!(again.status.code(), Some(0), "{}", shown(&again));
    assert_eq!(std::fs::read(out.join("rung-1/records.jsonl")).expect("records"), before);
    assert_eq!(std::fs::read_to_string(out.join("tuned.toml")).expect("the file"), pasted);
    assert_eq!(directory::trials(&out).expect("readable"), Some(trials), "written again");

    // The rung by itself, as it is printed.
    let line = page.lines().find(|line| line.contains("--stage tuning")).expect("a command").trim();
    let rest = line.strip_prefix("flatbench ").expect("a command of flatbench");
    let alone = flatbench().args(rest.split(' ')).args(["--no-build", "--quiet"]).output().expect("flatbench starts");
    assert_eq!(alone.status.code(), Some(0), "{line}\n{}", shown(&alone));
    let sorted = |directory: &str| {
        let mut records: Vec<_> = records(&out.join(directory)).into_iter().map(timeless).collect();
        records.sort_by(|a, b| a.key.cmp(&b.key));
        records
    };
    assert_eq!(sorted("rung-1.again"), sorted("rung-1"));
    let html = std::fs::read_to_string(out.join("rung-1/index.html")).expect("a report");
    assert!(html.contains("What every tuned setting scores, from a large start"));
}

#[test]
fn halving_costs_less_and_each_rung_is_a_directory() {
    built();
    let bench = Bench::new(SUITE);
    let out = bench.path("tuning");
    let arguments = [
        "--optimizer",
        "gd",
        "--trials",
        "6",
        "--halving",
        "2",
        "--start",
        "large",
        "--no-build",
        "--out",
        &text(&out),
    ];
    let listed = tune(&bench.path("suite.toml"), &[&arguments[..], &["--list"]].concat());
    assert_eq!(listed.status.code(), Some(0), "{}", shown(&listed));
    assert!(!out.exists(), "nothing is run or written");
    let page = said(&listed);
    for line in [
        "rung 1: 6 settings of each optimizer from each start at 1/4 of the budget, 12 runs, at most 6.000e2 gradient equivalents",
        "rung 3: 2 settings of each optimizer from each start at the whole budget, 4 runs, at most 8.000e2 gradient equivalents",
        "in all 22 runs, at most 2.000e3 gradient equivalents",
        "    trial 1        step_size = { value = 0.5, unit = \"1/lambda_max\" }",
    ] {
        assert!(page.lines().any(|found| found == line), "{line}\n{page}");
    }
    let output = tune(&bench.path("suite.toml"), &[&arguments[..], &["--quiet"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let budgets = [1, 2, 3].map(|rung| {
        let records = records(&out.join(format!("rung-{rung}")));
        (records.len(), records.iter().map(|record| record.budget).fold(0.0, f64::max))
    });
    assert_eq!(budgets, [(12, 50.0), (6, 100.0), (4, 200.0)]);
    for rung in [1, 2, 3] {
        let suite = out.join(format!("rung-{rung}/suite.toml"));
        let plan = flatbench().arg("run").arg(suite).args(["--stage", "tuning", "--list=runs", "--no-build"]).output();
        let plan = plan.expect("flatbench starts");
        assert_eq!(plan.status.code(), Some(0), "{}", shown(&plan));
        let keys: BTreeSet<String> =
            records(&out.join(format!("rung-{rung}"))).into_iter().map(|own| own.key).collect();
        assert!(keys.iter().all(|key| said(&plan).contains(key)), "the same runs");
    }
    let trials = directory::trials(&out).expect("readable").expect("written");
    let shares = |number: usize| -> usize { trials.iter().filter(|own| own.rungs.len() >= number).count() };
    assert_eq!([1, 2, 3].map(shares), [6, 3, 2], "each in the rungs that it was in");
    assert!(trials.iter().all(|own| own.init == Init::Large && own.rungs[0].share == 0.25));
    let pasted = std::fs::read_to_string(out.join("tuned.toml")).expect("what is to be pasted");
    assert!(pasted.contains("# small start: not searched"), "{pasted}");
}

#[test]
fn mistakes_are_one_clear_message_and_nothing_runs() {
    built();
    let suite = SUITE
        .replace("seeds = 1\n", "seeds = 1\n\n[tuning]\nrule = \"oracle\"\n")
        .replace("{ step_size = 0.05 }]", "{ step_size = 0.05 }, { step_size = 0.1 }]")
        .replace("batch_size = 1 }]", "batch_size = 1 }, { radius = 0.1, batch_size = 1 }]");
    let bench = Bench::new(&suite);
    let out = text(&bench.path("tuning"));
    for (arguments, expected) in [
        (&["--trials", "0"][..], "invalid value '0' for '--trials <N>'"),
        (&["--halving", "1"], "invalid value '1' for '--halving <ETA>'"),
        (&["--space", "gd"], "expected OPTIMIZER.PARAMETER=VALUES"),
        (&[], "chooses settings by `oracle`, which knows the ground truth (say --rule validation"),
        (&["--rule", "validation", "--optimizer", "gd,momentun"], "no optimizer `momentun` (did you mean `momentum`?"),
        (
            &["--rule", "validation", "--space", "sam-batch1.radius=1..2"],
            "`sam-batch1` is not tuned here (did you mean `sam-batch-1`?",
        ),
        (
            &["--rule", "validation", "--space", "gd.stepsize=1..2"],
            "no hyper-parameter `stepsize` (did you mean `step_size`?",
        ),
        (&["--rule", "validation", "--space", "gd.step_size=2..1"], "the smaller end comes first"),
        (&["--rule", "validation", "--optimizer", "gd", "--space", "gd.step_size=1"], "gd: nothing to search"),
    ] {
        let arguments = [arguments, &["--no-build", "--out", &out]].concat();
        let output = tune(&bench.path("suite.toml"), &arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        assert!(told.contains(expected) && told.matches("error: ").count() == 1, "{expected}\n{told}");
    }
    assert!(!bench.path("tuning").exists());
    let (head, rest) = SUITE.split_once("[[case]]").expect("cases");
    let last = rest.rsplit_once("[[case]]").expect("cases").1;
    let none = Bench::new(&format!("{head}[[case]]{last}"));
    let output = tune(&none.path("suite.toml"), &["--no-build", "--out", &out]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(
        shown(&output).contains("no case to tune on (outliers: it holds out no measurements"),
        "{}",
        shown(&output)
    );
}

#[test]
fn a_suite_with_fixed_settings_says_where_others_are_searched() {
    built();
    let tuning = "[tuning]\nseeds = 2\nrule = \"train\"\ncases = [\"sensing\"]\n\n[[case]]";
    let bench = Bench::new(&SUITE.replacen("[[case]]", tuning, 1));
    let suite = bench.path("suite.toml");
    let listed = tune(&suite, &["--optimizer", "gd", "--trials", "4", "--list", "--no-build"]);
    assert_eq!(listed.status.code(), Some(0), "{}", shown(&listed));
    let page = said(&listed);
    for line in [
        "cases: sensing",
        "    without completion: the suite does not tune on it",
        "settings are chosen for the large and the small start by `train`, on 2 instances of each case",
    ] {
        assert!(page.lines().any(|found| found == line), "{line}\n{page}");
    }
    let plan = flatbench().arg("run").arg(&suite).args(["--list", "--no-build"]).output().expect("flatbench starts");
    assert_eq!(plan.status.code(), Some(0), "{}", shown(&plan));
    assert!(said(&plan).contains("0 tuning and 10 evaluation runs"), "{}", shown(&plan));
}

#[test]
fn the_shipped_suites_have_a_space_for_every_optimizer_that_ships() {
    let names = built();
    let output =
        tune(Path::new("default"), &["--optimizer", &names.join(","), "--trials", "16", "--list", "--no-build"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let page = said(&output);
    for name in names {
        assert!(page.lines().any(|line| line == format!("{name}: 16 trials")), "{name}\n{page}");
    }
    assert!(page.contains("without robust-pca: the suite does not tune on it"), "{page}");
}
