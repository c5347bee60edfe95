//! Parts handed out by a real HyperQueue, server and workers. Its own command line is not to be had from a package registry, so that
//! `harness/fixtures/python/hq` stands for it. FLATBENCH_PYTHON names an interpreter with the package `hyperqueue`; without it nothing of
//! this is tested, which is an error where CI is set.
mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use flatbench_records::Record;
use support::{Bench, flatbench, root, shown, text, timeless};

fn python() -> Option<PathBuf> {
    let program = std::env::var_os("FLATBENCH_PYTHON").map(PathBuf::from);
    let has_package = |program: &PathBuf| {
        Command::new(program).args(["-c", "import hyperqueue"]).output().is_ok_and(|o| o.status.success())
    };
    let found = program.filter(has_package);
    if found.is_none() {
        let missing = "FLATBENCH_PYTHON names no interpreter with the package hyperqueue: HyperQueue is NOT tested";
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        let _ = writeln!(std::io::stderr(), "{missing}");
    }
    found
}

/// A server with two workers, which end with the value.
struct Queue {
    folder: tempfile::TempDir,
    server: Child,
}

impl Queue {
    fn start(python: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let script = root().join("harness/fixtures/python/hq");
        let program = folder.path().join("hq");
        let start = format!(
            "#!/bin/sh\nHQ_STATE='{}' exec '{}' '{}' \"$@\"\n",
            folder.path().display(),
            text(python),
            text(&script)
        );
        std::fs::write(&program, start).expect("a writable folder");
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        let server = Command::new(&program)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the server starts");
        let queue = Queue { folder, server };
        let begun = Instant::now();
        while !queue.folder.path().join("server").exists() {
            assert!(begun.elapsed() < Duration::from_secs(60), "the server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        queue
    }

    fn flatbench(&self, arguments: &[&str]) -> Output {
        let path = std::env::var("PATH").expect("a search path");
        let path = format!("{}:{path}", self.folder.path().display());
        flatbench().args(arguments).env("PATH", path).output().expect("flatbench starts")
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let begun = Instant::now();
        while self.server.try_wait().is_ok_and(|status| status.is_none()) && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn parts_by_hyperqueue_are_an_undisturbed_run_bit_for_bit() {
    let Some(python) = python() else { return };
    let queue = Queue::start(&python);
    let bench = Bench::new(include_str!("../../suites/quick.toml"));
    let whole = bench.run("whole", &["--quiet"]);
    assert_eq!(whole.status.code(), Some(0), "{}", shown(&whole));
    let (suite, out) = (text(&bench.path("suite.toml")), text(&bench.path("out")));
    let submitted = ["submit", &suite, "--out", &out, "--engine", "hyperqueue", "--tasks", "4", "--wait"];
    let output = queue.flatbench(&submitted);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let of = |out: &str| -> Vec<Record> { bench.records(out).into_iter().map(timeless).collect() };
    assert_eq!(of("out"), of("whole"));
    assert!(std::fs::read_to_string(bench.path("out/index.html")).is_ok_and(|page| page.contains("Where it ran")));

    // A part that is lost is done again, and nothing else.
    std::fs::remove_dir_all(bench.path("out/parts/2-of-4")).expect("a part");
    let again = queue.flatbench(&["submit", &suite, "--out", &out, "--wait"]);
    let said = shown(&again);
    assert_eq!(again.status.code(), Some(0), "{said}");
    assert!(said.contains("in 1 of 4 parts"), "{said}");
    assert_eq!(of("out"), of("whole"));
    let status = queue.flatbench(&["status", &out]);
    assert!(shown(&status).contains("16 of 16 runs recorded"), "{}", shown(&status));
}
