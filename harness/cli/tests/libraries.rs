//! Machines that only run: no cargo, no compiler, no home, no variables, a source tree that is elsewhere or read-only, or none.
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flatbench_records::{Environment, Record};
use flatbench_runner::plugins::{Describer, Interpreter, Request, Shelf, collect};
use flatbench_runner::{Build, Program, Programs, describe_environment};
use support::{records, root, shown, timeless};

const SUITE: &str = r#"
name = "nodes"
budget = 60
seeds = 2

[[case]]
family = "matrix-sensing"
rows = 4
cols = 3
rank = 1
factor_rank = 3
measurements = 10
init = ["large"]

[[optimizer]]
name = "momentum-c"
settings = [{ step_size = 0.05 }]
"#;

/// A small source tree with a plugin in C, in a folder of its own.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Place(tempfile::tempdir().expect("a temporary folder"));
        let put = |name: &str, text: &str| {
            let path = place.path("tree").join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a writable folder");
        };
        let package = "[package]\nname = \"flatbench-plugin\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        put("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"plugins/sdk\"]\n");
        put("plugins/sdk/Cargo.toml", package);
        put("plugins/sdk/src/lib.rs", "");
        put("suite.toml", SUITE);
        for file in ["sdk/include/flatbench_plugin.h", "c/momentum/momentum.c"] {
            let text = fs::read_to_string(root().join("plugins").join(file)).expect("a file of the tree");
            put(&format!("plugins/{file}"), &text);
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs flatbench in a folder as it is run where everything is there.
    fn here(&self, folder: &str, arguments: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flatbench"));
        self.run(&mut command, folder, arguments)
    }

    /// The same on a bare machine.
    fn bare(&self, folder: &str, arguments: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flatbench"));
        self.run(command.env_clear(), folder, arguments)
    }

    /// `@` stands for the folder of everything.
    fn run(&self, command: &mut Command, folder: &str, arguments: &str) -> Output {
        let folder_of_all = self.0.path().display().to_string();
        command.current_dir(self.path(folder));
        command.args(arguments.split_whitespace().map(|word| word.replace('@', &folder_of_all)));
        command.output().expect("flatbench starts")
    }

    /// The library of the plugin in a folder with a list, as `flatbench submit` writes it.
    fn shelve(&self, folder: &str) -> PathBuf {
        let own = Program::native(env!("CARGO_BIN_EXE_flatbench"), Vec::new());
        let programs = Programs { native: own.clone(), python: own.clone() };
        let describer = &Describer { programs: programs.with(&["__worker".into(), "describe".into()]) };
        let interpreter = &Interpreter::foreign(own, "0.1.0");
        let paths = &[self.path("tree/plugins/c/momentum")];
        let (tree, libraries, installed) = (None, None, None);
        let found = collect(&Request {
            tree,
            libraries,
            installed,
            paths,
            no_build: true,
            quiet: true,
            describer,
            interpreter,
        });
        let build = Build { version: "0.1.0", rustc: None, profile: "release" };
        let environment = describe_environment(build, None, &found.plugins);
        let plugins: Vec<_> = found.plugins.iter().collect();
        Shelf::write(&self.path(folder), &plugins, &environment).expect("a writable folder");
        self.path(folder)
    }
}

#[track_caller]
fn well(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", shown(output));
    assert!(output.stderr.is_empty(), "{}", shown(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn told(out: &Path) -> Vec<Record> {
    let mut all: Vec<Record> = records(out).into_iter().map(timeless).collect();
    all.sort_by(|a, b| a.key.cmp(&b.key));
    all
}

fn environment(out: &Path) -> Environment {
    serde_json::from_slice(&fs::read(out.join("environment.json")).expect("a file")).expect("an environment")
}

/// Makes a folder read-only for everybody, if this machine lets us.
struct ReadOnly(PathBuf);

impl ReadOnly {
    fn mount(folder: &Path) -> Option<Self> {
        let mount = |arguments: &[&str]| {
            Command::new("mount").args(arguments).arg(folder).status().is_ok_and(|status| status.success())
        };
        let itself = folder.to_str().expect("a readable path");
        (mount(&["--bind", itself]) && mount(&["-o", "remount,ro,bind"])).then(|| ReadOnly(folder.to_owned()))
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_tree_that_was_built_once_runs_moved_read_only_and_without_tools() {
    let place = Place::new();
    well(&place.here("tree", "run suite.toml --quiet --out @/whole"));
    fs::rename(place.path("tree"), place.path("moved")).expect("a folder that can be moved");
    let mounted = ReadOnly::mount(&place.path("moved"));
    assert!(mounted.is_some() || std::env::var_os("CI").is_none() || !rustix::process::getuid().is_root());
    well(&place.bare("moved", "run suite.toml --quiet --no-build --out @/again"));
    assert_eq!(told(&place.path("again")), told(&place.path("whole")));
    // Building needs the compiler, and says so.
    let output = place.bare("moved", "run suite.toml --quiet --out @/not");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    drop(mounted);

    let library = place.path("moved/plugins/c/momentum/target/momentum.so");
    let bytes = fs::read(&library).expect("a library");
    fs::write(&library, [&bytes[..], b"\0"].concat()).expect("a writable folder");
    let output = place.bare("moved", "run suite.toml --quiet --no-build --out @/other");
    let said = shown(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("another library than the one in") && said.contains("without --no-build"), "{said}");
}

/// The crates of the real tree, whose cargo is not there either.
#[test]
fn crates_are_found_without_cargo() {
    let place = Place::new();
    let suite = SUITE.replace("momentum-c", "momentum");
    fs::write(place.path("suite.toml"), suite).expect("a writable folder");
    let run = |command: &mut Command, arguments: &str| {
        let folder = place.0.path().display().to_string();
        let words = arguments.split_whitespace().map(|word| word.replace('@', &folder));
        command.current_dir(root()).args(words).output().expect("flatbench starts")
    };
    let flatbench = || Command::new(env!("CARGO_BIN_EXE_flatbench"));
    let whole = run(&mut flatbench(), "run @/suite.toml --quiet --out @/whole");
    assert_eq!(whole.status.code(), Some(0), "{}", shown(&whole));
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let mut bare = flatbench();
    bare.env_clear().envs(target.map(|folder| ("CARGO_TARGET_DIR", folder)));
    let again = run(&mut bare, "run @/suite.toml --quiet --no-build --out @/again");
    assert_eq!(again.status.code(), Some(0), "{}", shown(&again));
    assert_eq!(told(&place.path("again")), told(&place.path("whole")));
}

#[test]
fn a_folder_with_libraries_is_all_that_a_node_needs() {
    let place = Place::new();
    well(&place.here("tree", "run suite.toml --quiet --out @/whole"));
    place.shelve("study/cluster/libraries");
    fs::rename(place.path("tree/suite.toml"), place.path("suite.toml")).expect("a file");
    fs::remove_dir_all(place.path("tree")).expect("a folder");
    well(&place.bare("", "run suite.toml --quiet --libraries study/cluster/libraries --out study/parts/1-of-1"));
    let part = place.path("study/parts/1-of-1");
    assert_eq!(told(&part), told(&place.path("whole")));
    let about = environment(&part);
    let libraries = about.libraries.expect("it is named");
    assert_eq!(libraries.folder, place.path("study/cluster/libraries"));
    assert_eq!(libraries.features, Some(about.machine.features));

    // Doing a run again finds them, where the whole was moved to too; so does looking at them.
    fs::rename(place.path("study"), place.path("elsewhere")).expect("a folder that can be moved");
    let key = &told(&place.path("whole"))[0].key;
    let said = well(&place.bare("", &format!("replay elsewhere/parts/1-of-1 {key}")));
    assert!(said.contains("every number equals the record's, bit for bit"), "{said}");
    well(&place.bare("", "verify elsewhere/parts/1-of-1"));
    for command in ["list optimizers", "plugin show momentum-c", "env"] {
        let said = well(&place.bare("", &format!("{command} --libraries elsewhere/cluster/libraries")));
        assert!(said.contains("momentum-c"), "{said}");
    }
}

#[test]
fn what_is_wrong_with_a_folder_of_libraries_is_said() {
    let place = Place::new();
    well(&place.here("tree", "plugin check plugins/c/momentum"));
    let shelf = place.shelve("shelf");
    let refused = |arguments: &str| {
        let output = place.bare("", &format!("run tree/suite.toml --quiet --out out {arguments}"));
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(refused("--libraries tree").contains("tree: no list of libraries (expected flatbench-libraries.json"));
    assert!(refused("--libraries shelf --plugin tree/plugins/c/momentum").contains("cannot be used with"));
    let library = fs::read_dir(&shelf).expect("a folder").flatten().map(|entry| entry.path());
    let library = library.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "so")).expect("one");
    fs::write(&library, "another").expect("a writable folder");
    let said = refused("--libraries shelf");
    assert!(said.contains("another library than the one in shelf/flatbench-libraries.json"), "{said}");
    assert!(!place.path("out/records.jsonl").exists());
}

#[test]
fn an_older_processor_than_the_one_that_prepared_it_is_said_and_recorded() {
    let place = Place::new();
    well(&place.here("tree", "plugin check plugins/c/momentum"));
    let list = place.shelve("shelf").join("flatbench-libraries.json");
    let text = fs::read_to_string(&list).expect("a list");
    fs::write(&list, text.replacen("\"features\": [", "\"features\": [\"avx1024\",", 1).replace(",]", "]"))
        .expect("a file");
    let output = place.bare("", "run tree/suite.toml --libraries shelf --out out");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let words = "this processor has no avx1024, which the machine had that prepared this";
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(&format!("warning: {words}")), "{said}");
    let log = fs::read_to_string(place.path("out/log.txt")).expect("a log");
    assert!(log.contains(words), "{log}");
    let features = environment(&place.path("out")).libraries.and_then(|libraries| libraries.features).expect("known");
    assert!(features.iter().any(|feature| feature == "avx1024"));
}

#[test]
fn an_installed_program_finds_the_libraries_that_came_with_it() {
    let place = Place::new();
    well(&place.here("tree", "run suite.toml --quiet --out @/whole"));
    fs::create_dir_all(place.path("prefix/bin")).expect("a folder");
    fs::copy(env!("CARGO_BIN_EXE_flatbench"), place.path("prefix/bin/flatbench")).expect("a copy");
    let said = well(&place.here("tree", "plugin copy @/prefix/lib/flatbench --no-build"));
    assert!(said.starts_with("1 library copied"), "{said}");
    fs::rename(place.path("tree/suite.toml"), place.path("suite.toml")).expect("a file");
    fs::remove_dir_all(place.path("tree")).expect("a folder");
    fs::rename(place.path("prefix"), place.path("moved")).expect("a folder that can be moved");
    let installed = |arguments: &str| {
        let mut command = Command::new(place.path("moved/bin/flatbench"));
        place.run(command.env_clear(), "", arguments)
    };
    well(&installed("run suite.toml --quiet --out out"));
    assert_eq!(told(&place.path("out")), told(&place.path("whole")));
    let unknown = installed("plugin copy elsewhere --optimizer momentun-c");
    assert_eq!(unknown.status.code(), Some(2), "{}", shown(&unknown));
    assert!(shown(&unknown).contains("no plugin `momentun-c`") && !place.path("elsewhere").exists());
    fs::write(place.path("moved/lib/flatbench/flatbench-libraries.json"), "{}").expect("a file");
    let damaged = installed("run suite.toml --quiet --out other");
    assert!(shown(&damaged).contains("flatbench-libraries.json: cannot be read"), "{}", shown(&damaged));
}

/// The recipes are tried by hand; what can go stale in them is held here.
#[test]
fn the_recipes_of_containers_name_the_compiler_and_the_folders_of_this_tree() {
    let read = |file: &str| fs::read_to_string(root().join(file)).expect("a file of the tree");
    let manifest = read("Cargo.toml");
    let quoted = |line: &str| line.split('"').nth(1).map(str::to_owned);
    let version =
        manifest.lines().find(|line| line.starts_with("rust-version = ")).and_then(quoted).expect("a version");
    let (docker, apptainer) = (read("harness/container/Dockerfile"), read("harness/container/flatbench.def"));
    for recipe in [&docker, &apptainer] {
        assert!(recipe.contains(&format!("rust:{version}-slim-bookworm")) && recipe.contains("debian:bookworm-slim"));
        assert!(recipe.contains("/source/harness/container/install /opt/flatbench"));
    }
    let members: Vec<String> = manifest
        .lines()
        .skip_while(|line| *line != "members = [")
        .skip(1)
        .take_while(|line| *line != "]")
        .filter_map(quoted)
        .collect();
    assert!(members.len() > 5);
    for member in members {
        let folder = member.split('/').next().expect("a folder");
        assert!(docker.contains(&format!("COPY {folder} /source/{folder}\n")), "{folder} is not copied");
        assert!(apptainer.contains(&format!("    {folder} /source/{folder}\n")), "{folder} is not copied");
    }
}
