//! Archives: packed, listed, read like any run directory, and drawn beside what is run.
mod support;

use std::path::Path;
use std::process::Output;

use flatbench_records::directory::{self, Contents};
use flatbench_records::{FORMAT, Rule, Trial, TrialRung};
use serde_json::Value;
use support::{Bench, flatbench, root, shown, text, timeless};

const SUITE: &str = r#"
name = "sample"
budget = 400
seeds = 2

[[case]]
name = "sensing"
family = "matrix-sensing"
init = ["large"]
rows = 6
cols = 5
rank = 1
factor_rank = 5
measurements = 30

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }]

[[optimizer]]
name = "sgd"
settings = [{ step_size = 0.01, batch_size = 4 }]
"#;

fn called(arguments: &[&str]) -> Output {
    flatbench().args(arguments).output().expect("flatbench starts")
}

/// A bench whose suite was run in `out` and packed in `packed`.
fn packed() -> Bench {
    let bench = Bench::new(SUITE);
    let run = bench.run("out", &["--quiet"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let output = called(&["archive", &text(&bench.path("out")), &text(&bench.path("packed"))]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(shown(&output).contains("4 runs of 2 optimizers"), "{}", shown(&output));
    bench
}

fn page(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("index.html")).expect("a page").replace("&#x2f;", "/")
}

#[test]
fn a_packed_directory_is_read_as_the_one_it_was_made_of() {
    let bench = packed();
    let (out, archive) = (text(&bench.path("out")), text(&bench.path("packed")));
    let mut names: Vec<_> = std::fs::read_dir(bench.path("packed")).expect("a folder").flatten().collect();
    names.sort_by_key(std::fs::DirEntry::file_name);
    let names: Vec<String> = names.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(
        names,
        ["environment.json", "records.jsonl.gz", "suite.toml", "trajectories.jsonl.gz"],
        "and no figures"
    );
    let mut records = Contents::of(&bench.path("packed"), None).expect("records").records;
    records.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(records, bench.records("out"));

    let compared = called(&["compare", &out, &archive, "--json"]);
    let report: Value = serde_json::from_slice(&compared.stdout).expect("JSON");
    assert_eq!((&report["pairs"], &report["identical"]), (&4.into(), &4.into()), "{}", shown(&compared));
    let export = |dir: &str| called(&["export", dir, "--format", "csv"]).stdout;
    let lines = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text").lines().count();
    assert_eq!(lines(export(&archive)), lines(export(&out)));
    let replay = called(&["replay", &archive, &records[0].key]);
    assert!(shown(&replay).contains("every number equals the record's"), "{}", shown(&replay));
    let verify = called(&["verify", &archive, "--sample", "4", "--json"]);
    assert_eq!(verify.status.code(), Some(0), "{}", shown(&verify));
    let whole = text(&bench.path("whole"));
    let merge = called(&["merge", &archive, "--out", &whole, "--no-report"]);
    assert_eq!(merge.status.code(), Some(0), "{}", shown(&merge));
    assert_eq!(bench.records("whole"), bench.records("out"), "lines are copied out of the archive");
    for record in &records {
        let of = |folder: &str| directory::trajectory(&bench.path(folder), &record.key).expect("readable");
        let kept = of("out").filter(|_| record.repetition == 0);
        assert_eq!(of("packed"), kept, "of the first repetition of every optimizer");
        assert_eq!(of("whole"), kept, "and they are copied too");
    }
    let report = called(&["report", &archive, "--out", &text(&bench.path("page"))]);
    assert_eq!(report.status.code(), Some(0), "{}", shown(&report));

    // The same records give the same bytes, and packing what is packed changes nothing.
    let again = called(&["archive", &archive, &text(&bench.path("again"))]);
    assert_eq!(again.status.code(), Some(0), "{}", shown(&again));
    for file in ["records.jsonl.gz", "trajectories.jsonl.gz"] {
        let bytes = |name: &str| std::fs::read(bench.path(name).join(file)).expect("an archive");
        assert_eq!(bytes("packed"), bytes("again"), "{file}");
    }

    let all = text(&bench.path("all"));
    let output = called(&["archive", &out, &all, "--trajectories"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    for record in &records {
        let of = |folder: &str| directory::trajectory(&bench.path(folder), &record.key).expect("readable");
        assert!(of("all").is_some() && of("all") == of("out"), "of every run");
    }

    // Nothing is added to an archive.
    let run = bench.run("packed", &["--quiet"]);
    assert_eq!(run.status.code(), Some(2), "{}", shown(&run));
    assert!(shown(&run).contains("is an archive") && shown(&run).contains("gunzip"), "{}", shown(&run));
    std::fs::write(bench.path("packed/records.jsonl"), "").expect("a writable folder");
    let both = called(&["compare", &out, &archive]);
    assert!(shown(&both).contains("remove the one that is not meant"), "{}", shown(&both));
}

#[test]
fn an_archive_is_remade_by_one_command() {
    let bench = packed();
    let (archive, out) = (text(&bench.path("packed")), text(&bench.path("again")));
    let sorted = |folder: &str| {
        let mut records = Contents::of(&bench.path(folder), None).expect("records").records;
        records.sort_by(|a, b| a.key.cmp(&b.key));
        records.into_iter().map(timeless).collect::<Vec<_>>()
    };
    let before = std::fs::read(bench.path("packed/records.jsonl.gz")).expect("an archive");
    let output = called(&["archive", "--remake", &archive, "--out", &out]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_eq!(sorted("packed"), sorted("out"));
    let after = std::fs::read(bench.path("packed/records.jsonl.gz")).expect("an archive");
    assert_ne!(before, after, "runs that were done again took other times");
}

/// Writes what a search would have found: the settings of the records as trial 2 of each optimizer, after a default.
fn searched(bench: &Bench, folder: &str, change: impl Fn(&mut Trial)) -> String {
    let mut lines = String::new();
    for record in bench.records("out").iter().filter(|record| record.repetition == 0) {
        for number in [1, 2] {
            let mut trial = Trial {
                format: FORMAT,
                suite: record.suite.clone(),
                optimizer: record.optimizer.clone(),
                plugin: record.optimizer.clone(),
                init: record.init,
                trial: number,
                hyperparameters: record.hyperparameters.clone(),
                rule: Rule::Validation,
                rungs: vec![TrialRung {
                    rung: 1,
                    share: 1.0,
                    scores: [(record.case.clone(), Some(f64::from(3 - number)))].into(),
                    overall: Some(f64::from(3 - number)),
                    without: 0,
                }],
                chosen: number == 2,
            };
            if number == 1 {
                trial.hyperparameters.insert("step_size".to_owned(), 0.5.into());
            }
            change(&mut trial);
            lines += &(serde_json::to_string(&trial).expect("plain data has a JSON form") + "\n");
        }
    }
    std::fs::create_dir_all(bench.path(folder)).expect("a writable folder");
    std::fs::write(bench.path(folder).join("trials.jsonl"), lines).expect("a writable folder");
    text(&bench.path(folder))
}

#[test]
fn a_search_comes_with_an_archive_and_is_shown() {
    let bench = packed();
    let (out, archive) = (text(&bench.path("out")), text(&bench.path("packed")));
    let search = searched(&bench, "tuning", |_| ());
    let output = called(&["archive", &out, &archive, "--search", &search]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(shown(&output).contains("and 4 trials of a search") && !shown(&output).contains("warning"), "{output:?}");
    let trials = |folder: &str| directory::trials(&bench.path(folder)).expect("readable");
    assert!(trials("packed").is_some_and(|own| own.len() == 4) && trials("packed") == trials("tuning"));
    let gallery = |arguments: &[&str]| called(&[&["gallery", &archive], arguments].concat());
    assert_eq!(gallery(&["--no-build"]).status.code(), Some(0));
    let page = std::fs::read_to_string(bench.path("packed/gallery.html")).expect("a page");
    for name in ["settings-gd", "settings-sgd", "path-gd", "path-sgd"] {
        assert!(page.contains(&format!("aria-labelledby=\"{name}-t\"")), "{name} is drawn from the archive alone");
    }
    // Archived again, or remade: the search stays.
    let again = called(&["archive", &archive, &text(&bench.path("again"))]);
    assert_eq!((again.status.code(), trials("again")), (Some(0), trials("tuning")), "{}", shown(&again));
    let remade = called(&["archive", "--remake", &archive, "--out", &out]);
    assert_eq!((remade.status.code(), trials("packed")), (Some(0), trials("tuning")), "{}", shown(&remade));

    // What does not fit is told.
    let other = searched(&bench, "other", |trial| {
        if trial.optimizer == "sgd" {
            trial.hyperparameters.insert("batch_size".to_owned(), 2.into());
        } else {
            trial.optimizer = "momentum".to_owned();
        }
        trial.rungs.iter_mut().for_each(|rung| rung.scores = [("elsewhere".to_owned(), Some(1.0))].into());
    });
    let warned = called(&["archive", &out, &archive, "--search", &other]);
    assert_eq!(warned.status.code(), Some(0), "{}", shown(&warned));
    let told = String::from_utf8_lossy(&warned.stderr).into_owned();
    assert!(told.contains("other settings were run than the search chose: sgd (large start)"), "{told}");
    assert!(told.contains("optimizers that were not run: momentum (large start)"), "{told}");
    assert!(told.contains("on other cases than those that were run: elsewhere"), "{told}");
    let before = trials("packed");
    let strange = searched(&bench, "strange", |trial| trial.optimizer = format!("my-{}", trial.optimizer));
    std::fs::create_dir(bench.path("empty")).expect("a writable folder");
    std::fs::create_dir(bench.path("bad")).expect("a writable folder");
    std::fs::write(bench.path("bad/trials.jsonl"), "{}\n").expect("a writable folder");
    for (search, reason) in [
        (&strange, "is a search for other optimizers (my-gd, my-sgd) than those of the runs (gd, sgd)"),
        (&text(&bench.path("empty")), "empty has no trials of a search"),
        (&text(&bench.path("bad")), "trials.jsonl: line 1: no trial (missing field"),
    ] {
        let refused = called(&["archive", &out, &archive, "--search", search]);
        assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
        assert!(shown(&refused).contains(reason), "{reason}: {}", shown(&refused));
    }
    assert_eq!(trials("packed"), before, "what is refused changes nothing");
    let refused = gallery(&["--search", &text(&bench.path("empty"))]);
    assert!(refused.status.code() == Some(2) && shown(&refused).contains("has no trials"), "{}", shown(&refused));

    let table = gallery(&["--markdown"]);
    let printed = String::from_utf8_lossy(&table.stdout).into_owned();
    assert_eq!(table.status.code(), Some(0), "{}", shown(&table));
    assert!(printed.starts_with("**From a large start**\n\n| optimizer | sensing<br>(matrix-sensing) |"), "{printed}");
    assert!(printed.contains("\n| gd | ") && printed.contains("\n| sgd | "), "{printed}");
}

#[test]
fn what_is_not_complete_is_archived_with_consent_alone() {
    let bench = packed();
    let (out, path) = (text(&bench.path("out")), bench.path("out/records.jsonl"));
    let lines = std::fs::read_to_string(&path).expect("records");
    let refused = |to: &str, reason: &str| {
        let output = called(&["archive", &out, to]);
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        assert!(shown(&output).contains(reason), "{reason}: {}", shown(&output));
    };
    let new = text(&bench.path("new"));
    let some: Vec<&str> = lines.lines().take(3).collect();
    std::fs::write(&path, some.join("\n") + "\n").expect("a writable folder");
    refused(&new, "1 of 4 planned runs are missing");
    std::fs::write(&path, lines.replacen("\"outcome\":\"completed\"", "\"outcome\":\"crashed\"", 1)).expect("a folder");
    refused(&new, "1 of its runs failed, the first: ");
    std::fs::write(&path, lines.clone() + "no record\n").expect("a writable folder");
    refused(&new, "1 of its lines cannot be used");
    assert!(!bench.path("new").exists(), "nothing was written");
    let output = called(&["archive", &out, &new, "--partial"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));

    std::fs::write(&path, &lines).expect("a writable folder");
    refused(&text(&bench.path("out")), "is no archive");
    refused("local", "is no name of an archive");
    std::fs::remove_file(bench.path("out/environment.json")).expect("it is there");
    refused(&new, "nobody knows what was planned");
}

#[test]
fn one_optimizer_is_run_and_drawn_among_archived_ones() {
    let bench = packed();
    let archive = text(&bench.path("packed"));
    let run = bench.run("mine", &["--optimizer", "gd", "--seeds", "1", "--beside", &archive]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let said = shown(&run);
    assert!(said.contains("beside packed: 2 of 4 runs pair"), "{said}");
    assert!(said.contains("sensing: further repetitions are there alone (2 runs)"), "{said}");
    assert!(said.contains("From a large start, beside 1 archived optimizer: gd ("), "where it stands: {said}");
    assert_eq!(bench.records("mine").len(), 1, "archived runs are not copied");
    // One run of gd is the very one that was done here; with it left out, sgd stands beside.
    let html = page(&bench.path("mine"));
    assert!(html.contains("1 run was done here too"), "the run is counted once");
    assert!(html.contains("sgd (archived)") && html.contains("id=\"beside-h\""), "marked as archived");

    // It is remembered by the report, and by a session that goes on.
    std::fs::remove_file(bench.path("mine/index.html")).expect("a page");
    let report = called(&["report", &text(&bench.path("mine"))]);
    assert_eq!(report.status.code(), Some(0), "{}", shown(&report));
    assert_eq!(page(&bench.path("mine")), html);
    let more = bench.run("mine", &["--optimizer", "gd"]);
    assert_eq!(more.status.code(), Some(0), "{}", shown(&more));
    assert!(page(&bench.path("mine")).contains("sgd (archived)"), "{}", shown(&more));
    let alone = called(&["report", &text(&bench.path("mine")), "--alone"]);
    assert_eq!(alone.status.code(), Some(0), "{}", shown(&alone));
    assert!(!page(&bench.path("mine")).contains("archived") && !bench.path("mine/beside.json").exists());

    // An archive that is gone is named, and the rest is drawn.
    let report = called(&["report", &text(&bench.path("mine")), "--beside", &archive]);
    assert_eq!(report.status.code(), Some(0), "{}", shown(&report));
    std::fs::rename(bench.path("packed"), bench.path("elsewhere")).expect("a folder");
    let report = called(&["report", &text(&bench.path("mine"))]);
    assert_eq!(report.status.code(), Some(0), "{}", shown(&report));
    assert!(page(&bench.path("mine")).contains("drawn without it"));
}

#[test]
fn optimizers_of_one_name_are_told_apart() {
    let bench = packed();
    // Another setting, so that the runs are others.
    let suite = SUITE.replace("step_size = 0.05", "step_size = 0.04");
    std::fs::write(bench.path("suite.toml"), suite).expect("a writable folder");
    let run = bench.run("mine", &["--optimizer", "gd", "--beside", &text(&bench.path("packed"))]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let html = page(&bench.path("mine"));
    assert!(html.contains("gd (packed), archived") && html.contains("sgd (archived)"), "two of the name gd");
}

#[test]
fn a_run_of_which_nothing_pairs_is_refused_before_it_starts() {
    let bench = packed();
    let archive = text(&bench.path("packed"));
    for (change, reason) in [
        (("budget = 400", "budget = 300"), "sensing: budget 400 there, 300 here"),
        (("measurements = 30", "measurements = 28"), "sensing: measurements 30 there, 28 here"),
        (("name = \"sample\"", "name = \"other\""), "instances of the suite `sample` there, of `other` here"),
        (("init = [\"large\"]", "init = [\"small\"]"), "sensing: the large start is there alone"),
        (
            (
                "name = \"sensing\"\nfamily = \"matrix-sensing\"\ninit = [\"large\"]\nrows = 6",
                "name = \"another\"\nfamily = \"matrix-sensing\"\ninit = [\"large\"]\nrows = 7",
            ),
            "sensing: not among the cases here",
        ),
    ] {
        let suite = SUITE.replace(change.0, change.1);
        assert_ne!(suite, SUITE);
        std::fs::write(bench.path("suite.toml"), suite).expect("a writable folder");
        let run = bench.run("mine", &["--beside", &archive]);
        assert_eq!(run.status.code(), Some(2), "{}", shown(&run));
        assert!(shown(&run).contains(reason) && shown(&run).contains("nothing was done"), "{reason}: {}", shown(&run));
        assert!(!bench.path("mine").exists());
    }
    std::fs::write(bench.path("suite.toml"), SUITE).expect("a writable folder");
    let file = bench.path("packed/environment.json");
    let environment = std::fs::read_to_string(&file).expect("an environment");
    let current = format!("\"numerics\": {}", flatbench_records::NUMERICS);
    assert!(environment.contains(&current), "{environment}");
    std::fs::write(file, environment.replace(&current, "\"numerics\": 1")).expect("a writable folder");
    let run = bench.run("mine", &["--beside", &archive]);
    assert_eq!(run.status.code(), Some(2), "{}", shown(&run));
    assert!(shown(&run).contains("numbers version 1 there"), "{}", shown(&run));
    for (name, reason) in [("refrence", "did you mean `reference`?"), ("plugins", "is no run directory")] {
        let run = bench.run("mine", &["--beside", name]);
        assert_eq!(run.status.code(), Some(2), "{}", shown(&run));
        assert!(shown(&run).contains(reason), "{}", shown(&run));
    }
}

#[test]
fn archives_that_ship_are_listed_and_found_by_name() {
    let output = called(&["list", "archives", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let rows: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let reference = rows.as_array().and_then(|rows| rows.iter().find(|row| row["name"] == "reference"));
    let reference = reference.expect("the reference report is an archive");
    assert_eq!(reference["suite"], "default");
    assert!(reference["runs"].as_u64().is_some_and(|runs| runs > 100), "{reference}");
    for known in ["numerics", "flatbench_version", "machine", "date", "bytes"] {
        assert!(!reference[known].is_null(), "{known}: {reference}");
    }
    assert!(shown(&called(&["list", "archives"])).contains("numbers version"));
    let plan = called(&["run", "default", "--optimizer", "gd", "--list", "--beside", "reference"]);
    assert_eq!(plan.status.code(), Some(0), "{}", shown(&plan));
    assert!(shown(&plan).contains("runs pair"), "{}", shown(&plan));
    // One that the suite, whose settings were tuned, does not have runs at its defaults.
    let plan = called(&["run", "default", "--optimizer", "lion", "--list", "--beside", "reference"]);
    assert_eq!(plan.status.code(), Some(0), "{}", shown(&plan));
    assert!(shown(&plan).contains("at the defaults of its plugin, while the others are tuned"), "{}", shown(&plan));
    assert!(shown(&plan).contains("820 of 820 runs pair"), "{}", shown(&plan));
}

/// Every archive that ships is what this flatbench computes: bit for bit where the processor has the same instruction sets as the one it
/// was made on, and within tolerances otherwise; each check says which.
#[test]
fn a_sample_of_every_archive_comes_out_the_same() {
    let mut checked = 0;
    for folder in std::fs::read_dir(root().join("reports")).expect("reports").flatten().map(|entry| entry.path()) {
        let is_archive = ["records.jsonl", "records.jsonl.gz"].iter().any(|name| folder.join(name).is_file());
        if !is_archive || folder.ends_with("local") {
            continue;
        }
        let output = called(&["verify", &text(&folder), "--rebuilt", "--sample", "3", "--json"]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let checks = report["checks"].as_array().expect("checks");
        assert_eq!(checks.len(), 3, "{report}");
        for check in checks {
            let detail = check["detail"].as_str().unwrap_or_default();
            assert!(detail.contains("bit for bit"), "it says which: {check}");
        }
        checked += 1;
    }
    assert!(checked > 0, "the reference report is an archive");
}
