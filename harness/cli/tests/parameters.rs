//! The parameters of a run can be had, and are those that the record speaks of: loss and error by plain loops over the exported
//! instance, every metric bit for bit by the gauge.
mod support;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::{Command, Output};

use flatbench_instances::{Gauge, Instance};
use flatbench_records::protocol::{Job, Tier, VERSION};
use flatbench_records::{Case, Measure, Metrics, Outcome, Record};
use support::exported::{self, Array, CASES, export, read_npy};
use support::{Bench, flatbench, root, shown, text};

/// The cases of the exported instances, run until most of them interpolate.
fn suite() -> String {
    let step = "step_size = { value = 0.5, unit = \"1/lambda_max\" }";
    let suite = exported::SUITE.replace("budget = 100", "budget = 3000").replace("seeds = 2", "seeds = 1");
    suite.replace("step_size = 0.05", step)
}

const SMALL: &str = r#"
name = "small"
budget = 200
seeds = 2

[[case]]
name = "sensing"
family = "matrix-sensing"
rows = 6
cols = 5
rank = 1
measurements = 30
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }]

[[optimizer]]
name = "diverging"
plugin = "gd"
settings = [{ step_size = 1e200 }]
"#;

/// Every array of an archive of parameters, by name.
fn archive(bytes: Vec<u8>) -> BTreeMap<String, Array> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip file");
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).expect("a member");
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).expect("a whole member");
            let name = file.name().expect("a name").strip_suffix(".npy").expect("an array").to_owned();
            (name, read_npy(&bytes))
        })
        .collect()
}

fn kept(bench: &Bench, out: &str, key: &str) -> Option<Vec<u8>> {
    std::fs::read(bench.path(out).join("parameters").join(format!("{key}.npz"))).ok()
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

/// The instance of a record, drawn again; of its start nothing is used.
fn instance(record: &Record) -> Instance {
    let parameters = record.family_parameters.clone();
    let (name, family) = (record.case.clone(), record.family.clone());
    Instance::draw(&Job {
        version: VERSION,
        id: 0,
        token: String::new(),
        case: Case { name, family, parameters, init: record.init, budget: record.budget, ..Case::default() },
        instance_seed: record.instance_seed,
        init_seed: 0,
        given: None,
        data_root: ".".into(),
        data: None,
        tier: Tier::Cheap,
        measure: Measure::default(),
        references: Some(record.result.reference.clone()),
        measuring_limit: 600.0,
        sparing: None,
        keep_parameters: false,
        runs: Vec::new(),
    })
    .expect("an instance")
}

fn replay(bench: &Bench, out: &str, key: &str, arguments: &[&str]) -> Output {
    flatbench()
        .args(["replay", &text(&bench.path(out)), key])
        .arg("--no-build")
        .args(arguments)
        .output()
        .expect("flatbench starts")
}

#[test]
fn kept_parameters_give_the_numbers_of_the_record() {
    let bench = Bench::new(&suite());
    let run = bench.run("out", &["--quiet", "--keep-parameters"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let records = bench.records("out");
    assert_eq!(records.len(), 2 * CASES.len());
    let mut limits = 0;
    for record in &records {
        let place = format!("{} {}", record.case, record.init);
        let seed = record.instance_seed.to_string();
        let exported = export(&bench, &record.case, &["--seed", &seed, "--init", record.init.name()]);
        let arrays = archive(kept(&bench, "out", &record.key).unwrap_or_else(|| panic!("{place}: no parameters")));
        let result = &record.result;
        let points = [("start", &result.start), ("iterate", &result.iterate), ("limit", &result.limit().cloned())];
        let start_loss = result.start.as_ref().and_then(|start| start.train_loss).expect("a loss");
        let instance = instance(record);
        let mut gauge = Gauge::new(&*instance.problem, &instance.references);
        let names = exported.blocks();
        assert_eq!(
            arrays.len(),
            (names.len() + 1) * points.iter().filter(|(_, metrics)| metrics.is_some()).count(),
            "{place}: {:?}",
            arrays.keys()
        );
        for (point, metrics) in points {
            let Some(Metrics { train_loss: Some(recorded), relative_error, .. }) = metrics else {
                assert!(!arrays.contains_key(point), "{place}: {point}");
                continue;
            };
            limits += usize::from(point == "limit");
            let factors: Vec<Array> = names
                .iter()
                .map(|name| {
                    let array = &arrays[&format!("{point}_{name}")];
                    Array { shape: array.shape.clone(), numbers: array.numbers.clone() }
                })
                .collect();
            // Residuals vanish to half of the digits at a limit, so losses are compared by their roots.
            let loss = exported.loss(&factors);
            assert!(
                (loss.sqrt() - recorded.sqrt()).abs() < 1e-12 * start_loss.sqrt(),
                "{place} {point}: {loss} {recorded}"
            );
            let (x, truth) = (exported.product(&factors), exported.array(&["truth", "array"]));
            let norm = |entries: &mut dyn Iterator<Item = f64>| entries.map(|x| x * x).sum::<f64>().sqrt();
            let error = norm(&mut x.numbers.iter().zip(&truth.numbers).map(|(a, b)| a - b))
                / norm(&mut truth.numbers.iter().copied());
            let expected = relative_error.expect("the truth is known");
            assert!(
                (error - expected).abs() < 1e-12 * (1.0 + expected),
                "{place} {point}: {error}, recorded {expected}"
            );

            let w = &arrays[point];
            assert_eq!(bits(&w.numbers), bits(&factors.iter().flat_map(|f| f.numbers.clone()).collect::<Vec<_>>()));
            assert_eq!(gauge.loss(&w.numbers).to_bits(), recorded.to_bits(), "{place} {point}");
            let again = serde_json::to_string(&gauge.metrics(&w.numbers)).expect("numbers");
            assert_eq!(again, serde_json::to_string(metrics).expect("numbers"), "{place} {point}");
        }
    }
    assert!(limits > CASES.len(), "only {limits} limits were reached");
}

#[test]
fn parameters_of_recorded_runs_are_saved_by_replaying_them() {
    let bench = Bench::new(SMALL);
    let run = bench.run("whole", &["--quiet", "--keep-parameters"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let run = bench.run("out", &["--quiet", "--no-build"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    assert!(!bench.path("out/parameters").exists(), "they are off by default");
    let records = bench.records("out");

    // What continuing cannot give is said, with the way to have it.
    let run = bench.run("out", &["--no-build", "--keep-parameters"]);
    let said = String::from_utf8_lossy(&run.stderr);
    let first = &bench.records("out").iter().map(|record| record.key.clone()).collect::<Vec<_>>();
    assert!(
        said.contains(&format!("{} of the recorded runs were recorded without parameters", records.len())),
        "{said}"
    );
    assert!(
        said.contains("flatbench replay ") && first.iter().any(|key| said.contains(&format!("{key} --save"))),
        "{said}"
    );
    assert!(!bench.path("out/parameters").exists());

    for record in &records {
        let elsewhere = bench.path("elsewhere.npz");
        for arguments in [&["--save"][..], &["--in-process", "--save", &text(&elsewhere)]] {
            let output = replay(&bench, "out", &record.key, arguments);
            assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        }
        let whole = kept(&bench, "whole", &record.key).expect("kept along the way");
        assert_eq!(kept(&bench, "out", &record.key).as_ref(), Some(&whole), "the same bytes");
        assert_eq!(std::fs::read(&elsewhere).expect("saved elsewhere"), whole);
        let arrays = archive(whole);
        let diverged = record.optimizer == "diverging";
        assert_eq!(arrays.contains_key("limit"), !diverged);
        assert_eq!(arrays["iterate"].numbers.iter().any(|x| x.abs() > 1e100 || x.is_nan()), diverged);
    }
    let run = bench.run("out", &["--no-build", "--keep-parameters"]);
    assert!(!String::from_utf8_lossy(&run.stderr).contains("without parameters"), "{}", shown(&run));
}

#[test]
fn parameters_that_are_not_those_of_the_record_are_not_saved() {
    let hostile = "\n[[optimizer]]\nname = \"hostile\"\nsettings = [{ misbehaviour = \"segfault\" }]\n";
    let bench = Bench::new(&(SMALL.replace("seeds = 2", "seeds = 1") + hostile));
    let run = bench
        .run("out", &["--quiet", "--keep-parameters", "--plugin", &text(&root().join("harness/fixtures/hostile"))]);
    assert_eq!(run.status.code(), Some(3), "{}", shown(&run));
    let records = bench.records("out");
    let of = |name: &str| records.iter().find(|record| record.optimizer == name).expect("a record");
    assert_eq!(of("hostile").result.outcome, Outcome::Crashed);
    assert!(kept(&bench, "out", &of("hostile").key).is_none(), "nobody knows where it was");
    let hostile = text(&root().join("harness/fixtures/hostile"));
    let output = replay(&bench, "out", &of("hostile").key, &["--plugin", &hostile, "--save"]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no parameters to save: its record says `crashed`"));

    // A record of other digits.
    std::fs::remove_dir_all(bench.path("out/parameters")).expect("a folder");
    let file = bench.path("out/records.jsonl");
    let altered: String = records
        .iter()
        .cloned()
        .map(|mut record| {
            let loss = record.result.iterate.as_mut().and_then(|iterate| iterate.train_loss.as_mut());
            if let Some(loss) = loss {
                *loss = loss.next_up();
            }
            serde_json::to_string(&record).expect("a record") + "\n"
        })
        .collect();
    std::fs::write(file, altered).expect("a file");
    let output = replay(&bench, "out", &of("gd").key, &["--save"]);
    assert_eq!(output.status.code(), Some(3), "{}", shown(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was saved"), "{}", shown(&output));
    assert!(!bench.path("out/parameters").exists());

    // No place to put them.
    std::fs::write(bench.path("out/records.jsonl"), records_text(&records)).expect("a file");
    std::os::unix::fs::symlink(bench.path("nowhere"), bench.path("out/parameters")).expect("a link");
    let output = replay(&bench, "out", &of("gd").key, &["--save"]);
    assert_eq!(output.status.code(), Some(4), "{}", shown(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("a link or a file stands in the place of a folder"));
}

fn records_text(records: &[Record]) -> String {
    records.iter().map(|record| serde_json::to_string(record).expect("a record") + "\n").collect()
}

#[test]
fn parameters_go_where_their_records_go() {
    let bench = Bench::new(SMALL);
    for (out, arguments) in [
        ("part-1", &["--shard", "1/2"][..]),
        ("part-2", &["--shard", "2/2", "--keep-parameters"]),
        ("whole", &["--keep-parameters"]),
    ] {
        let run = bench.run(out, &[&["--quiet"], arguments].concat());
        assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    }
    let merge = |from: &[&str], out: &str| {
        let from: Vec<String> = from.iter().map(|dir| text(&bench.path(dir))).collect();
        let output = flatbench()
            .arg("merge")
            .args(from)
            .args(["--out", &text(&bench.path(out))])
            .output()
            .expect("flatbench starts");
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    };
    let of = |out: &str| -> BTreeMap<String, Option<Vec<u8>>> {
        bench.records(out).into_iter().map(|record| (record.key.clone(), kept(&bench, out, &record.key))).collect()
    };
    merge(&["part-1", "part-2"], "joined");
    let (joined, second, whole) = (of("joined"), of("part-2"), of("whole"));
    assert_eq!(joined.len(), 4);
    for (key, parameters) in &joined {
        assert_eq!(parameters, second.get(key).unwrap_or(&None), "{key}");
    }
    // A directory that has the same records with parameters completes one that has not.
    merge(&["whole"], "joined");
    assert_eq!(of("joined"), whole);
    assert!(whole.values().all(Option::is_some));

    let run = bench.run("whole", &["--quiet", "--no-build", "--fresh"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    assert!(of("whole").values().all(Option::is_none), "they are those of the records that were moved aside");
    let aside = bench.path("whole/earlier/1/parameters");
    assert_eq!(std::fs::read_dir(aside).expect("a folder").count(), 4);

    // What a run leaves that has no record, such as one that was killed in between, is nobody's.
    let key = joined.keys().next().expect("a key");
    let records: Vec<Record> = bench.records("joined").into_iter().filter(|record| record.key != *key).collect();
    std::fs::write(bench.path("joined/records.jsonl"), records_text(&records)).expect("a file");
    let run = bench.run("joined", &["--quiet", "--no-build"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    assert_eq!(of("joined").values().filter(|parameters| parameters.is_none()).count(), 1);
}

/// The script of the documentation, with the NumPy of `PYTHON`.
#[test]
fn the_documented_script_reads_parameters() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let numpy = Command::new(&python).args(["-c", "import numpy"]).output();
    if !numpy.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: {python} with NumPy is not there, so the script in FORMAT.md was not run");
        return;
    }
    let document = std::fs::read_to_string(root().join("harness/docs/FORMAT.md")).expect("FORMAT.md");
    let scripts: Vec<&str> =
        document.split("```python\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [script, snippet] = scripts.as_slice() else { panic!("{} scripts in FORMAT.md", scripts.len()) };
    let bench = Bench::new(&suite());
    std::fs::write(bench.path("again.py"), script).expect("a file");
    let run = bench.run("out", &["--quiet", "--keep-parameters"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    for record in bench.records("out") {
        let seed = record.instance_seed.to_string();
        let exported = export(&bench, &record.case, &["--seed", &seed, "--init", record.init.name()]);
        let parameters = bench.path("out").join("parameters").join(format!("{}.npz", record.key));
        let said = script_says(&python, &bench.path("again.py"), &[&exported.folder, &parameters]);
        if record.case == "sensing" {
            let snippet = snippet.replace("reports/local/default/parameters/KEY.npz", &text(&parameters));
            std::fs::write(bench.path("snippet.py"), snippet + "print(X.shape)\n").expect("a file");
            assert_eq!(script_says(&python, &bench.path("snippet.py"), &[]).trim(), "(6, 4)");
        }
        let points = [("iterate", record.result.iterate.as_ref()), ("limit", record.result.limit())];
        for (point, metrics) in points {
            let line = said.lines().find(|line| line.starts_with(&format!("{point}: ")));
            let Some(metrics) = metrics else {
                assert_eq!(line, None);
                continue;
            };
            let numbers: Vec<f64> = line
                .unwrap_or_else(|| panic!("{point} in {said}"))
                .split(' ')
                .filter_map(|word| word.trim_end_matches(',').parse().ok())
                .collect();
            let error = metrics.relative_error.expect("an error");
            let loss = metrics.train_loss.expect("a loss");
            let start = record.result.start.as_ref().and_then(|start| start.train_loss).expect("a loss");
            assert!((numbers[0].sqrt() - loss.sqrt()).abs() < 1e-12 * start.sqrt(), "{said}: {loss}");
            assert!((numbers[1] - error).abs() < 1e-12 * (1.0 + error), "{said}: {error}");
        }
    }
}

fn script_says(python: &str, script: &Path, arguments: &[&Path]) -> String {
    let output = Command::new(python).arg(script).args(arguments).output().expect("Python starts");
    assert!(output.status.success(), "{}", shown(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
