//! Commands whose every call is made to fail, on plans as small as they can be.

use std::path::Path;
use std::process::Command;

use super::world::{World, copy_folder};
use crate::support::root;

/// A command, the process of it that is meant, and what has to be there for it.
pub struct Scenario {
    pub name: &'static str,
    /// Process whose calls fail.
    pub role: &'static str,
    /// Puts into a folder what the command needs.
    prepare: fn(&World, &Path),
    /// Its arguments, given that folder. What it makes is `out` in it.
    arguments: fn(&World, &Path) -> Vec<String>,
}

impl Scenario {
    pub fn prepare(&self, world: &World, folder: &Path) {
        for name in ["tmp", "tree"] {
            std::fs::create_dir_all(folder.join(name)).expect("a folder");
        }
        copy_folder(&world.tree(), &folder.join("tree"));
        (self.prepare)(world, folder);
    }

    pub fn command(&self, world: &World, folder: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flatbench"));
        command.current_dir(folder.join("tree")).env("NO_COLOR", "1").env("TMPDIR", folder.join("tmp"));
        // A backtrace is not asked for, and would be most of the calls.
        command.env("RUST_BACKTRACE", "0").args((self.arguments)(world, folder));
        command
    }
}

fn words(text: &str, folder: &Path) -> Vec<String> {
    text.split_whitespace().map(|word| word.replace('@', folder.to_str().expect("a readable path"))).collect()
}

/// The small tree has no crate of that name that a plugin could be built with.
fn of_sdk(text: &str, folder: &Path) -> Vec<String> {
    let sdk = root().join("plugins/sdk").display().to_string();
    words(text, folder).into_iter().chain(["--sdk".to_owned(), sdk]).collect()
}

/// Every scenario.
pub const ALL: [Scenario; 14] = [
    Scenario {
        name: "run",
        role: "supervisor",
        prepare: |_, _| (),
        arguments: |_, at| words("run tree.toml --out @/out --no-build --jobs 1", at),
    },
    Scenario {
        name: "run: workers",
        role: "worker",
        prepare: |_, _| (),
        arguments: |_, at| words("run tree.toml --out @/out --no-build --jobs 1", at),
    },
    Scenario {
        name: "run: descriptions of libraries",
        role: "describe",
        prepare: |_, _| (),
        arguments: |_, at| words("run tree.toml --out @/out --no-build --jobs 1", at),
    },
    Scenario {
        name: "run: repair and changed suite",
        role: "supervisor",
        prepare: |world, at| world.put_damaged_run(&at.join("out")),
        arguments: |_, at| words("run tree.toml --out @/out --no-build --jobs 1", at),
    },
    Scenario {
        name: "run --fresh",
        role: "supervisor",
        prepare: |world, at| copy_folder(&world.whole(), &at.join("out")),
        arguments: |_, at| words("run tree.toml --out @/out --no-build --jobs 1 --fresh", at),
    },
    Scenario {
        name: "run --list, with a build",
        role: "supervisor",
        prepare: |_, _| (),
        arguments: |_, at| words("run tree.toml --out @/out --list", at),
    },
    Scenario {
        name: "merge",
        role: "supervisor",
        prepare: |world, at| world.put_parts(at),
        arguments: |_, at| words("merge @/part-1 @/part-2 --out @/out", at),
    },
    Scenario {
        name: "report",
        role: "supervisor",
        prepare: |world, at| copy_folder(&world.whole(), &at.join("out")),
        arguments: |_, at| words("report @/out", at),
    },
    Scenario {
        name: "export to CSV",
        role: "supervisor",
        prepare: |world, at| copy_folder(&world.whole(), &at.join("whole")),
        arguments: |_, at| words("export @/whole --format csv --out @/out", at),
    },
    Scenario {
        name: "export to Parquet",
        role: "supervisor",
        prepare: |world, at| copy_folder(&world.whole(), &at.join("whole")),
        arguments: |_, at| words("export @/whole --format parquet --out @/out", at),
    },
    Scenario {
        name: "export-instance",
        role: "supervisor",
        prepare: |_, _| (),
        arguments: |_, at| words("export-instance tree.toml sensing --out @/out", at),
    },
    Scenario {
        name: "plugin new",
        role: "supervisor",
        prepare: |_, _| (),
        arguments: |_, at| of_sdk("plugin new my-method --dir @/out", at),
    },
    Scenario {
        name: "plugin new --lang c",
        role: "supervisor",
        prepare: |_, _| (),
        arguments: |_, at| of_sdk("plugin new my-method --lang c --dir @/out", at),
    },
    Scenario {
        name: "plugin check",
        role: "supervisor",
        prepare: |_, _| (),
        arguments: |_, at| words("plugin check plugins/c/momentum", at),
    },
];
