//! A small source tree with two plugins in C, and what an undisturbed run of its suite leaves.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::shim::Shim;
use crate::support::root;

/// Two settings are tuned for each of two optimizers, on one case from two starts.
const SUITE: &str = r#"
name = "exhaustive"
budget = 60
seeds = 1

[tuning]
seeds = 1
rule = "train"

[[case]]
name = "sensing"
family = "matrix-sensing"
rows = 4
cols = 3
rank = 1
factor_rank = 3
measurements = 10
init = ["large", "small"]

[[optimizer]]
name = "momentum-c"
settings = [{ step_size = 0.05 }, { step_size = 0.02 }]

[[optimizer]]
name = "slowly-c"
settings = [{ step_size = 0.01 }, { step_size = 0.02 }]
"#;

/// Where everything of the sweep lies.
pub struct World {
    folder: tempfile::TempDir,
    pub shim: Shim,
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let world = World { shim: Shim::compile(folder.path()), folder };
        world.plant();
        let run = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_flatbench"));
            let output = command.current_dir(world.tree()).args(arguments).output().expect("flatbench starts");
            assert!(output.status.success(), "{arguments:?}: {}", crate::support::shown(&output));
        };
        let path = |name: &str| world.path(name).display().to_string();
        run(&["run", "tree.toml", "--quiet", "--out", &path("whole")]);
        run(&["run", "tree.toml", "--quiet", "--no-build", "--shard", "1/2", "--out", &path("part-1")]);
        run(&["run", "tree.toml", "--quiet", "--no-build", "--shard", "2/2", "--out", &path("part-2")]);
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The source tree.
    pub fn tree(&self) -> PathBuf {
        self.path("tree")
    }

    /// An undisturbed run.
    pub fn whole(&self) -> PathBuf {
        self.path("whole")
    }

    /// The run directories of the two parts of the plan.
    pub fn put_parts(&self, at: &Path) {
        for part in ["part-1", "part-2"] {
            copy_folder(&self.path(part), &at.join(part));
        }
    }

    /// A run directory whose first record is retired, whose second is foreign, whose third is of a changed setting, and whose
    /// last is torn.
    pub fn put_damaged_run(&self, at: &Path) {
        copy_folder(&self.whole(), at);
        let file = at.join("records.jsonl");
        let text = std::fs::read_to_string(&file).expect("records");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let retired = lines.remove(0) + "\n";
        lines[0] = lines[0].replace("\"suite\":\"exhaustive\"", "\"suite\":\"another\"");
        lines[1] = lines[1].replace("\"selected\":", "\"unknown\":1,\"selected\":");
        let torn = lines.pop().expect("a record");
        std::fs::write(&file, lines.join("\n") + "\n" + &torn[..torn.len() / 2]).expect("a writable file");
        std::fs::write(at.join("records.superseded.jsonl"), retired).expect("a writable file");
        let suite = std::fs::read_to_string(at.join("suite.toml")).expect("a suite");
        std::fs::write(at.join("suite.toml"), suite.replace("budget = 60", "budget = 50")).expect("a writable file");
    }

    fn plant(&self) {
        let put = |name: &str, text: &str| {
            let path = self.tree().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a writable folder");
        };
        let package = "[package]\nname = \"flatbench-plugin\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        put("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"plugins/sdk\"]\n");
        put("plugins/sdk/Cargo.toml", package);
        put("plugins/sdk/src/lib.rs", "");
        put("tree.toml", SUITE);
        let read = |name: &str| std::fs::read_to_string(root().join("plugins").join(name)).expect("a file of the tree");
        put("plugins/sdk/include/flatbench_plugin.h", &read("sdk/include/flatbench_plugin.h"));
        let momentum = read("c/momentum/momentum.c");
        put("plugins/c/momentum/momentum.c", &momentum);
        put("plugins/c/slowly/slowly.c", &momentum.replace("\"momentum-c\"", "\"slowly-c\""));
    }
}

/// Copies a folder with all that is in it; times are kept out of it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
