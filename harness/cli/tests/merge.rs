//! Parts of a plan from several places, finished or not, joined into one directory that says where each part ran.
mod support;

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Output};

use flatbench_records::{Environment, Record};
use support::{Bench, flatbench, records, shown, timeless};

const SUITE: &str = r#"
name = "parts"
budget = 60
seeds = 2

[[case]]
name = "sensing"
family = "matrix-sensing"
rows = 4
cols = 3
rank = 1
measurements = 10

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }]

[[optimizer]]
name = "sgd"
settings = [{ step_size = 0.01, batch_size = 2 }]
"#;

/// A run directory of a part, as task of an array of Slurm on a node.
fn run_part(bench: &Bench, index: usize, task: &str) -> Output {
    let mut command = bench.run_command(&format!("study/parts/{index}-of-2"));
    command.args(["--quiet", "--shard", &format!("{index}/2")]);
    command.env("SLURM_JOB_ID", "7").env("SLURM_ARRAY_JOB_ID", "5").env("SLURM_ARRAY_TASK_ID", task);
    command.env("SLURMD_NODENAME", "n1").output().expect("flatbench starts")
}

fn merge(dirs: &[&Path], out: &Path, options: &[&str]) -> Output {
    flatbench().arg("merge").args(dirs).arg("--out").arg(out).args(options).output().expect("flatbench starts")
}

fn environment(directory: &Path) -> Environment {
    let text = std::fs::read_to_string(directory.join("environment.json")).expect("it was written");
    serde_json::from_str(&text).expect("an environment")
}

fn sorted(directory: &Path) -> Vec<Record> {
    let mut records: Vec<Record> = records(directory).into_iter().map(timeless).collect();
    records.sort_by(|a, b| a.key.cmp(&b.key));
    records
}

fn page(directory: &Path) -> String {
    std::fs::read_to_string(directory.join("index.html")).expect("a report")
}

#[test]
fn a_folder_stands_for_its_parts_and_the_report_says_where_each_ran() {
    let bench = Bench::new(SUITE);
    let (study, whole) = (bench.path("study"), bench.path("whole"));
    for index in [1, 2] {
        let output = run_part(&bench, index, &index.to_string());
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    }
    std::fs::create_dir_all(study.join("parts/3-of-3")).expect("a folder");
    let output = bench.run("whole", &["--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));

    for added in [8, 0] {
        let output = merge(&[&study], &study, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        assert!(shown(&output).contains(&format!("8 records in {}, {added} of them new", study.display())));
        assert!(shown(&output).contains("3-of-3 has no records yet: left out"), "{}", shown(&output));
        assert_eq!(sorted(&study), sorted(&whole));
        let parts = environment(&study).parts;
        let told: Vec<_> = parts
            .iter()
            .map(|part| {
                let job = part.job.as_ref().expect("a job");
                (part.name.as_str(), part.records, job.id.as_str(), job.task.as_deref(), job.node.as_deref())
            })
            .collect();
        let expected = [("1-of-2", 4, "5", Some("1"), Some("n1")), ("2-of-2", 4, "5", Some("2"), Some("n1"))];
        assert_eq!(told, expected);
        assert!(parts.iter().all(|part| part.host.is_some() && part.seconds > 0.0));
        let html = page(&study);
        assert!(html.contains("Where it ran.") && html.contains("slurm 5 tasks 1, 2") && html.contains("1, 2-of-2"));
        assert!(!html.contains("Partial:") && !html.contains("different instruction sets"));
    }
    // The files of the parts, under a second name.
    let trajectory = |dir: &Path| {
        let mut all: Vec<_> = std::fs::read_dir(dir.join("trajectories")).expect("a folder").flatten().collect();
        all.sort_by_key(std::fs::DirEntry::file_name);
        all
    };
    let of_part = trajectory(&study.join("parts/1-of-2"));
    assert!(!of_part.is_empty());
    for entry in of_part {
        let joined = study.join("trajectories").join(entry.file_name());
        assert_eq!(joined.metadata().expect("it was taken").ino(), entry.metadata().expect("a file").ino());
    }
    assert_eq!(trajectory(&study).len(), trajectory(&whole).len());
    // It can be run, and keeps what is known of its parts.
    let output = bench.run("study", &["--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_eq!((environment(&study).parts.len(), environment(&study).records_before), (2, 8));
    let output = flatbench().arg("compare").args([&study, &whole]).arg("--json").output().expect("flatbench starts");
    assert!(String::from_utf8_lossy(&output.stdout).contains("\"identical\": 8"), "{}", shown(&output));
}

#[test]
fn a_directory_that_goes_on_elsewhere_remembers_where_it_was() {
    let bench = Bench::new(SUITE);
    assert_eq!(run_part(&bench, 1, "1").status.code(), Some(0));
    let part = bench.path("study/parts/1-of-2");
    let file = part.join("records.jsonl");
    let text = std::fs::read_to_string(&file).expect("records");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    // The same task again, and one of another number.
    for (task, stays) in [("1", vec![]), ("9", vec![3])] {
        std::fs::write(&file, lines[..3].concat()).expect("a writable file");
        let output = run_part(&bench, 1, task);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        let parts = environment(&part).parts;
        assert_eq!(parts.iter().map(|part| part.records).collect::<Vec<_>>(), stays);
    }
    // An older processor did the first ones.
    let mut forged = environment(&part);
    forged.parts[0].machine.features = vec!["sse2".to_owned()];
    std::fs::write(part.join("environment.json"), serde_json::to_vec(&forged).expect("JSON")).expect("a file");
    let output = merge(&[&part], &bench.path("joined"), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let html = page(&bench.path("joined"));
    assert!(html.contains("different instruction sets") && html.contains("sse2"));
    assert!(html.contains("Partial: 4 of 8 planned runs are recorded, 4 are missing."));
    assert!(html.contains("Parts without a record: 2 of 2."));
}

#[test]
fn a_part_that_is_being_written_is_taken_as_far_as_it_is_whole_if_that_is_asked_for() {
    let bench = Bench::new(SUITE);
    for index in [1, 2] {
        assert_eq!(run_part(&bench, index, "1").status.code(), Some(0));
    }
    let study = bench.path("study");
    let part = study.join("parts/2-of-2");
    let file = part.join("records.jsonl");
    let text = std::fs::read_to_string(&file).expect("records");
    let lines: Vec<&str> = text.lines().collect();
    let half = format!("{}\n{}\n{}", lines[0], lines[1], &lines[2][..100]);
    std::fs::write(&file, &half).expect("a writable file");
    // As a run holds it.
    let mut lock = File::create(part.join("lock")).expect("a file");
    lock.lock().expect("a lock");
    writeln!(lock, "{}", std::process::id()).expect("a file");

    let refused = merge(&[&study], &study, &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
    let said = shown(&refused);
    assert!(said.contains(&format!("2-of-2 is still being written by process {}", std::process::id())), "{said}");
    assert!(said.contains("--partial") && !study.join("records.jsonl").exists(), "{said}");

    let taken = merge(&[&study], &study, &["--partial"]);
    assert_eq!(taken.status.code(), Some(0), "{}", shown(&taken));
    assert!(!shown(&taken).contains("cut off"), "it is not there yet: {}", shown(&taken));
    assert_eq!(records(&study).len(), 6);
    let html = page(&study);
    let partial = html.find("Partial: 6 of 8 planned runs are recorded, 2 are missing.").expect("it is said");
    assert!(partial < html.find("<main>").expect("a page"), "in the first lines");
    assert!(html.contains("Unfinished parts: 2-of-2 (2 of 4, still running)."));

    // When it is done, the rest is taken.
    std::fs::write(&file, &text).expect("a writable file");
    drop(lock);
    let finished = merge(&[&study], &study, &[]);
    assert_eq!(finished.status.code(), Some(0), "{}", shown(&finished));
    assert_eq!(records(&study).len(), 8);
    assert!(!page(&study).contains("Partial:"));
}

#[test]
fn data_is_the_same_by_what_is_in_it_wherever_it_lies() {
    let suite = "name = \"data\"\nbudget = 10\nseeds = 1\n[[case]]\nfamily = \"matrix-completion\"\nfile = \"x.csv\"\n\
                 init = [\"large\"]\n[[optimizer]]\nname = \"gd\"\n[[optimizer]]\nname = \"sgd\"\n";
    let rows = |last: u32| format!("1,2,3,4\n2,4,6,8\n3,6,9,12\n4,8,12,{last}\n");
    let benches = [16, 16, 17].map(|last| {
        let bench = Bench::new(suite);
        std::fs::write(bench.path("x.csv"), rows(last)).expect("a writable folder");
        bench
    });
    for (bench, shard) in benches.iter().zip(["1/2", "2/2", "2/2"]) {
        let output = bench.run("part", &["--quiet", "--shard", shard]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    }
    let part = |index: usize| benches[index].path("part");
    let same = merge(&[&part(0), &part(1)], &benches[0].path("joined"), &[]);
    assert_eq!(same.status.code(), Some(0), "{}", shown(&same));
    assert_eq!(records(&benches[0].path("joined")).len(), 2);

    let other = merge(&[&part(0), &part(2)], &benches[0].path("refused"), &[]);
    assert_eq!(other.status.code(), Some(2), "{}", shown(&other));
    let said = shown(&other);
    for index in [0, 2] {
        assert!(said.contains(&benches[index].path("x.csv").display().to_string()), "{said}");
    }
    assert!(said.contains("different data") && !benches[0].path("refused").exists(), "{said}");

    // Of two places, the suite names the file where it is.
    std::fs::remove_file(benches[0].path("x.csv")).expect("a file");
    let elsewhere = merge(&[&part(0), &part(1)], &benches[1].path("joined"), &[]);
    assert_eq!(elsewhere.status.code(), Some(0), "{}", shown(&elsewhere));
    let text = std::fs::read_to_string(benches[1].path("joined/suite.toml")).expect("a suite");
    assert!(text.contains(&benches[1].path("x.csv").display().to_string()), "{text}");
}

#[test]
fn where_no_second_name_can_be_given_a_file_is_copied() {
    let bench = Bench::new(SUITE);
    let output = bench.run("part", &["--quiet", "--keep-parameters"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let part = bench.path("part");
    let folder = |dir: &Path, name: &str| -> Vec<std::fs::DirEntry> {
        std::fs::read_dir(dir.join(name)).expect("a folder").flatten().collect()
    };
    // A link would lead out of the joined directory.
    let first = folder(&part, "trajectories").remove(0).path();
    let away = bench.path("away.json");
    std::fs::rename(&first, &away).expect("a file");
    std::os::unix::fs::symlink(&away, &first).expect("a link");
    // No link can be made at all.
    let library = bench.path("no-links.so");
    let source = bench.path("no-links.c");
    let code = "#include <errno.h>\nint linkat(int a, const char *b, int c, const char *d, int e) { errno = EXDEV; return -1; }\n\
                int link(const char *a, const char *b) { errno = EXDEV; return -1; }\n";
    std::fs::write(&source, code).expect("a file");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let compiled = Command::new(compiler).args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(compiled.expect("a C compiler").success());
    for (out, preload) in [("linked", false), ("copied", true)] {
        let mut command = flatbench();
        command.arg("merge").arg(&part).arg("--out").arg(bench.path(out));
        if preload {
            command.env("LD_PRELOAD", &library);
        }
        let output = command.output().expect("flatbench starts");
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        for name in ["trajectories", "parameters"] {
            let files = folder(&bench.path(out), name);
            assert_eq!(files.len(), folder(&part, name).len());
            for file in files {
                let original = part.join(name).join(file.file_name());
                let about = file.path().symlink_metadata().expect("a file");
                assert!(about.is_file(), "{} is a link", file.path().display());
                let shared = about.ino() == original.metadata().expect("a file").ino();
                assert_eq!(shared, !preload && original != first, "{}", original.display());
                assert_eq!(std::fs::read(file.path()).expect("a file"), std::fs::read(&original).expect("a file"));
            }
        }
    }
}

#[test]
fn a_run_that_completed_takes_the_place_of_an_attempt_that_failed() {
    let bench = Bench::new(SUITE);
    let (good, bad, joined) = (bench.path("good"), bench.path("bad"), bench.path("joined"));
    assert_eq!(bench.run("good", &["--quiet"]).status.code(), Some(0));
    assert_eq!(bench.run("bad", &["--quiet"]).status.code(), Some(0));
    let text = std::fs::read_to_string(bad.join("records.jsonl")).expect("records");
    let (first, rest) = text.split_once('\n').expect("several records");
    let crashed = first.replace("\"outcome\":\"completed\"", "\"outcome\":\"crashed\"");
    assert_ne!(crashed, first);
    std::fs::write(bad.join("records.jsonl"), format!("{crashed}\n{rest}")).expect("writable");

    // In whichever order, and where the failure was joined before.
    for order in [[&good, &bad], [&bad, &good]] {
        let out = bench.path(&format!("{}-first", order[0].file_name().expect("a name").display()));
        let output = merge(&[order[0], order[1]], &out, &["--no-report"]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        assert!(shown(&output).contains("1 runs ended differently"), "{}", shown(&output));
        assert_eq!(sorted(&out), sorted(&good));
    }
    assert_eq!(merge(&[&bad], &joined, &[]).status.code(), Some(0));
    assert_ne!(sorted(&joined), sorted(&good));
    let output = merge(&[&good], &joined, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_eq!(sorted(&joined), sorted(&good));
    let aside = std::fs::read_to_string(joined.join("records.retried.jsonl")).expect("what was there before");
    assert_eq!(aside.trim_end(), crashed);
}

#[test]
fn one_run_done_in_two_ways_is_not_counted_twice() {
    let bench = Bench::new(SUITE);
    for (out, tier) in [("full", "full"), ("default", "cheap")] {
        let output = bench.run(out, &["--quiet", "--tier", tier]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    }
    let output = merge(&[&bench.path("full"), &bench.path("default")], &bench.path("both"), &[]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("hold one run (") && shown(&output).contains("--tier"), "{}", shown(&output));
    assert!(!bench.path("both").exists(), "nothing is written");
}
