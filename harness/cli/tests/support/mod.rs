//! What the end-to-end tests share: a suite in a temporary folder, and the real binary run on it.
#![expect(dead_code, reason = "every test file uses a part of it")]

pub mod exported;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flatbench_records::Record;

/// A small case with two optimizers and two repetitions: four runs, over at once.
pub const TWO_OPTIMIZERS: &str = r#"
name = "seen"
budget = 50
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
name = "trace-penalty"
"#;

/// A temporary folder with a suite in it.
pub struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    /// A folder with `suite` as `suite.toml`.
    pub fn new(suite: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(dir.path().join("suite.toml"), suite).expect("a writable temporary folder");
        Bench { dir }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The command `flatbench run suite.toml --out OUT`, in the source tree.
    pub fn run_command(&self, out: &str) -> Command {
        let mut command = flatbench();
        command.arg("run").arg(self.path("suite.toml")).arg("--out").arg(self.path(out));
        command
    }

    /// Runs the suite into `out` with further arguments.
    pub fn run(&self, out: &str, arguments: &[&str]) -> Output {
        self.run_command(out).args(arguments).output().expect("flatbench starts")
    }

    /// The records in `out`, ordered by key.
    pub fn records(&self, out: &str) -> Vec<Record> {
        let mut records = records(&self.path(out));
        records.sort_by(|a, b| a.key.cmp(&b.key));
        records
    }
}

/// The binary under test, started in the source tree.
pub fn flatbench() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flatbench"));
    command.current_dir(root()).env("NO_COLOR", "1");
    command
}

/// Root of the source tree.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace root").to_owned()
}

/// A folder with a list of no libraries: `--libraries` of commands to which plugins do not matter.
pub fn empty_shelf() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let list = r#"{ "format": 1, "libraries": [] }"#;
    std::fs::write(folder.path().join("flatbench-libraries.json"), list).expect("a writable folder");
    folder
}

/// Every line of a run directory's records.
pub fn records(dir: &Path) -> Vec<Record> {
    let text = std::fs::read_to_string(dir.join("records.jsonl")).expect("records.jsonl");
    text.lines().map(|line| serde_json::from_str(line).expect("a whole record")).collect()
}

/// The record without what differs between two equal runs: its timings.
pub fn timeless(mut record: Record) -> Record {
    record.result.optimizer_seconds = 0.0;
    record.result.measurement_seconds = 0.0;
    record.result.reference_seconds = 0.0;
    record
}

/// What a failed assertion should show.
pub fn shown(output: &Output) -> String {
    format!(
        "status {:?}\n{}\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A path as an argument.
pub fn text(path: &Path) -> String {
    path.to_str().expect("a readable path").to_owned()
}
