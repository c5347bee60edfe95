//! Disks that are full, directories that are read-only or vanish.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::history::{Undisturbed, keys, quiet, recorded, wait_until};
use crate::support::{Bench, flatbench, shown};
use crate::{aloud, full, suite};

/// KiB, more than any library has.
const PADDING: usize = 16 << 10;

/// Status 4, the file that made trouble, and the remedy.
fn assert_trouble(output: &Output, words: &str) {
    let said = shown(output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains(words) && said.contains("run again to continue"), "{said}");
}

/// A limit on the size of files makes the system refuse a part of a write, as a full disk does; any user may set one.
#[test]
fn a_file_that_may_not_grow_ends_the_run_and_loses_nothing() {
    let bench = Bench::new(&suite(4, 300));
    let undisturbed = Undisturbed::run(&bench);
    // The limit holds for every file, and copies of libraries are the largest by far: spaces before the first record make the
    // records larger still.
    let (whole, out) = (bench.path("undisturbed"), bench.path("out"));
    std::fs::create_dir_all(out.join("trajectories")).expect("a folder");
    let text = std::fs::read_to_string(whole.join("records.jsonl")).expect("records");
    let first = text.lines().next().expect("a record");
    std::fs::write(out.join("records.jsonl"), format!("{}{first}\n", " ".repeat(PADDING << 10))).expect("a file");
    let key = keys(&out).into_iter().next().expect("a key");
    for name in ["suite.toml".to_owned(), format!("trajectories/{key}.json")] {
        std::fs::copy(whole.join(&name), out.join(&name)).expect("a copy");
    }

    let mut seen = keys(&out);
    let (step, mut attempts) = (if full() { 8 } else { 48 }, 0);
    for kibibytes in (PADDING + 10..).step_by(step) {
        let run = quiet(&bench, "out");
        let mut limited = Command::new("bash");
        limited.args(["-c", "ulimit -f \"$0\" && exec \"$@\""]).arg(kibibytes.to_string());
        limited.arg(run.get_program()).args(run.get_args()).current_dir(crate::support::root());
        let output = limited.output().expect("bash");
        let left = keys(&out);
        assert!(left.is_superset(&seen), "a record was lost at {kibibytes} KiB");
        seen = left;
        if seen.len() == undisturbed.records.len() {
            break;
        }
        attempts += 1;
        assert_trouble(&output, "records.jsonl: File too large");
        let text = std::fs::read(out.join("records.jsonl")).expect("records");
        assert!(text.ends_with(b"\n"), "a part of a record was left at {kibibytes} KiB");
    }
    assert!(attempts > 0);
    aloud(&format!("disk: {attempts} runs ended by a file that could not grow: 0 records lost"));
    undisturbed.assert_reached_by(&bench, "out");
}

/// A small file system in memory. It goes with the value.
pub struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    /// `None` where mounting is not allowed.
    pub fn mount(at: PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&at).expect("a folder");
        let arguments = ["-t", "tmpfs", "-o", "size=256m", "flatbench-test", at.to_str()?];
        let mounted = Command::new("mount").args(arguments).stderr(Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then_some(SmallDisk { at })
    }

    pub fn remount(&self, option: &str) {
        let option = format!("remount,{option}");
        let status = Command::new("mount").args(["-o", &option]).arg(&self.at).status().expect("mount");
        assert!(status.success(), "{option}");
    }

    /// Takes all space that is left.
    fn fill(&self, name: &str) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.at.join(name)).expect("a file");
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l"]).arg(&self.at).status();
    }
}

#[test]
fn a_full_disk_and_a_read_only_one_lose_nothing() {
    let bench = Bench::new(&suite(8, 2000));
    let Some(disk) = SmallDisk::mount(bench.path("disk")) else {
        aloud(
            "skipped: a full disk (mounting a file system needs root); a limit on the size of files stands in for it",
        );
        return;
    };
    let undisturbed = Undisturbed::run(&bench);
    let out = bench.path("disk/out");
    let run = quiet(&bench, "disk/out").stderr(Stdio::piped()).spawn().expect("flatbench starts");
    wait_until("a record", || recorded(&out) > 5);
    disk.fill("filler-1");
    let output = run.wait_with_output().expect("a child");
    assert_trouble(&output, "No space left on device");
    let seen = keys(&out);
    assert!(seen.len() > 5 && seen.len() < undisturbed.records.len());

    // Copies of libraries are gone, and their space is filled as well.
    disk.fill("filler-2");
    let output = bench.run("disk/out", &["--quiet", "--no-build"]);
    assert_trouble(&output, "No space left on device");
    assert_eq!(keys(&out), seen);

    disk.remount("ro");
    let output = bench.run("disk/out", &["--quiet", "--no-build"]);
    assert_trouble(&output, "Read-only file system");
    disk.remount("rw");
    std::fs::remove_file(disk.at.join("filler-1")).expect("a file");
    undisturbed.assert_reached_by(&bench, "disk/out");
    assert!(keys(&out).is_superset(&seen));
}

#[test]
fn a_directory_without_permission_is_refused_with_its_name() {
    let bench = Bench::new(&suite(1, 100));
    let output = bench.run("out", &["--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let out = bench.path("out");
    let permit = |mode| std::fs::set_permissions(&out, std::fs::Permissions::from_mode(mode)).expect("a mode");
    permit(0o555);
    let writable = std::fs::write(out.join("probe"), "").is_ok();
    let before = std::fs::read(out.join("records.jsonl")).expect("records");
    let output = bench.run("out", &["--quiet", "--no-build"]);
    permit(0o755);
    if writable {
        aloud("skipped: a directory without permission (root may write everywhere)");
        return;
    }
    assert_trouble(&output, &out.display().to_string());
    assert_eq!(std::fs::read(out.join("records.jsonl")).expect("records"), before);
}

#[test]
fn a_directory_that_vanishes_ends_the_run_and_loses_nothing() {
    let bench = Bench::new(&suite(8, 2000));
    let undisturbed = Undisturbed::run(&bench);
    let vanish = |how: &dyn Fn(&Path)| {
        let out = bench.path("out");
        let run = quiet(&bench, "out").stderr(Stdio::piped()).spawn().expect("flatbench starts");
        wait_until("a record", || recorded(&out) > 5);
        how(&out);
        assert_trouble(&run.wait_with_output().expect("a child"), &out.display().to_string());
    };
    // Moved away and back: what was there is there.
    let elsewhere = bench.path("elsewhere");
    vanish(&|out| std::fs::rename(out, &elsewhere).expect("a rename"));
    let seen = keys(&elsewhere);
    assert!(seen.len() > 5 && seen.len() < undisturbed.records.len());
    std::fs::rename(&elsewhere, bench.path("out")).expect("a rename");
    undisturbed.assert_reached_by(&bench, "out");
    assert!(keys(&bench.path("out")).is_superset(&seen));

    // Replaced by a copy, as by a tool that synchronises folders: the records of the copy are not the ones being written.
    std::fs::remove_dir_all(bench.path("out")).expect("a folder");
    vanish(&|out| {
        let records = out.join("records.jsonl");
        let copy = std::fs::read(&records).expect("records");
        std::fs::remove_file(&records).expect("a file");
        std::fs::write(&records, copy).expect("a file");
    });
    undisturbed.assert_reached_by(&bench, "out");
}

/// What a command prints may go to a file on the same disk, or to a reader that has seen enough.
#[test]
fn output_that_cannot_be_written_is_said_and_a_reader_that_leaves_is_not() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device that is always full");
    let output = flatbench().args(["list", "metrics"]).stdout(full).output().expect("flatbench starts");
    let said = shown(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("cannot write to standard output: No space left on device"), "{said}");

    let mut list = flatbench();
    let mut child = list.args(["list", "metrics"]).stdout(Stdio::piped()).spawn().expect("flatbench starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("a child").code(), Some(0));
}
