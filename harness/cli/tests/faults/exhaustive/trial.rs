//! One call fails: what has to hold then, and after the same command again.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use super::product::{Product, differences, files, kept, keys, product, unfinished};
use super::scenario::Scenario;
use super::shim::{Error, Point, Told};
use super::world::World;

/// The command in which a call failed.
const MET: &str = "the command that met it";

/// What an undisturbed command does and makes.
pub struct Expected {
    status: Option<i32>,
    product: Product,
    /// Calls by kind.
    pub counts: Vec<u64>,
}

/// What came of a trial.
pub enum Verdict {
    /// The command made fewer calls this time.
    NotReached,
    /// The call failed, and all was well.
    Well,
    /// The call, and what was wrong.
    Wrong(String, Vec<String>),
}

impl Scenario {
    /// Does the command undisturbed, and counts its calls.
    pub fn expect(&self, world: &World) -> Expected {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = folder.path();
        self.prepare(world, at);
        let mut command = self.command(world, at);
        world.shim.arm(&mut command, self.role, &at.join("state"), None);
        let output = command.output().expect("flatbench starts");
        assert!(output.status.success(), "{}: {}", self.name, crate::support::shown(&output));
        Expected {
            status: output.status.code(),
            product: made(at, &output),
            counts: Told::read(&at.join("state")).counts,
        }
    }

    /// Has one call fail, and does the command again.
    pub fn attempt(&self, world: &World, expected: &Expected, point: Point) -> Verdict {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = folder.path();
        self.prepare(world, at);
        let before = kept(&at.join("out"));
        let state = at.join("state");
        let mut command = self.command(world, at);
        world.shim.arm(&mut command, self.role, &state, Some(point));
        let output = command.output().expect("flatbench starts");
        let Some(call) = Told::read(&state).struck else { return Verdict::NotReached };
        let mut wrong = Vec::new();
        if self.role != "worker" {
            judge(&output, point, &call, &mut wrong);
        } else if output.status.code() != expected.status {
            wrong.push(format!("a worker, which can be replaced, ended the command: {}", said(&output)));
        }
        let after = kept(&at.join("out"));
        let (had, has) = (keys(&before), keys(&after));
        if !had.is_subset(&has) {
            wrong.push(format!("lost {:?}", had.difference(&has).collect::<Vec<_>>()));
        }
        let acknowledged = String::from_utf8_lossy(&output.stderr).lines().filter(|line| line.starts_with('[')).count();
        let recorded = has.iter().filter(|(is_record, _)| *is_record).count();
        if recorded < acknowledged {
            wrong.push(format!("{acknowledged} records were announced, {recorded} are there"));
        }
        wait_for_orphans(&state, &mut wrong);
        // Where removing a temporary file is what fails, it stays.
        if point.error != Error::Death && !call.contains("/tmp/.") && !call.starts_with("unlinkat") {
            wrong.extend(files(&at.join("tmp")).iter().map(|file| format!("left {}", file.display())));
        }
        if output.status.code() == expected.status {
            self.compare(expected, at, &output, MET, &mut wrong);
        }
        // Once more, with nothing in its way.
        let output = self.command(world, at).output().expect("flatbench starts");
        match output.status.code() == expected.status {
            true => self.compare(expected, at, &output, "the same command again", &mut wrong),
            false if self.once() && differences(&expected.product, &product(&at.join("out"))).is_empty() => {}
            false => wrong.push(format!("the same command again: {}", said(&output))),
        }
        match wrong.is_empty() {
            true => Verdict::Well,
            false => Verdict::Wrong(call, wrong),
        }
    }

    fn compare(&self, expected: &Expected, at: &Path, output: &Output, which: &str, wrong: &mut Vec<String>) {
        let found = made(at, output);
        wrong.extend(differences(&expected.product, &found).iter().map(|text| format!("{which}: {text}")));
        // What could not be removed goes with the next command.
        if which != MET {
            wrong.extend(unfinished(&at.join("out")).iter().map(|name| format!("{which}: {name} was left behind")));
        }
    }

    /// Whether the command refuses to do again what is done.
    fn once(&self) -> bool {
        self.name.starts_with("plugin new")
    }
}

/// What stands in `out`, or what the command printed where that is all.
fn made(at: &Path, output: &Output) -> Product {
    let made = product(&at.join("out"));
    if !made.is_empty() {
        return made;
    }
    let text = String::from_utf8_lossy(&output.stdout).replace(at.to_str().expect("a readable path"), "@");
    Product::from([("standard output".to_owned(), text.into_bytes())])
}

/// Status and words of a command one of whose own calls failed.
fn judge(output: &Output, point: Point, call: &str, wrong: &mut Vec<String>) {
    let text = String::from_utf8_lossy(&output.stderr);
    if text.contains("panicked") {
        wrong.push(format!("a panic: {}", said(output)));
    }
    match (output.status.code(), output.status.signal()) {
        (Some(0), _) => {}
        (None, Some(9)) if point.kind == "die" => {}
        (None, Some(6)) if point.kind == "allocate" => {}
        (Some(2 | 4), _) if point.error.is_harmless() => wrong.push(format!("was not tried again: {}", said(output))),
        (Some(2 | 4), _) => {
            let reason = match point.error {
                Error::Death => "memory".to_owned(),
                _ if point.kind == "load" => "cannot open shared object file".to_owned(),
                error => std::io::Error::from_raw_os_error(error.number()).to_string(),
            };
            let reason = reason.split(" (").next().unwrap_or_default();
            // A folder that cannot be looked at after it could not be made is there for the standard library.
            let folder_is_there = point.kind == "look" && text.contains("File exists");
            if !text.contains(reason) && !text.contains("out of memory") && !folder_is_there {
                wrong.push(format!("does not say {reason:?}: {}", said(output)));
            }
            if let Some((_, path)) = call.split_once(' ').filter(|(_, path)| path.starts_with('/'))
                && !names(&text, Path::new(path))
            {
                wrong.push(format!("does not say where: {}", said(output)));
            }
        }
        _ => wrong.push(format!("ended in a way that is not documented: {}", said(output))),
    }
}

/// Whether a text names a file, a folder it is in, or the file that it would have become. Devices are nobody's concern.
fn names(text: &str, path: &Path) -> bool {
    let parts: Vec<_> = path.iter().rev().take(3).map(|part| part.to_string_lossy()).collect();
    let named = |part: &str| text.contains(part.trim_start_matches(".unfinished-").trim_end_matches(".partial"));
    path.starts_with("/dev") || path.starts_with("/proc") || parts.iter().any(|part| named(part))
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let words: Vec<&str> = text.lines().filter(|line| !line.starts_with('[')).collect();
    format!("{}, saying {:?}", output.status, words.join(" | "))
}

/// Processes of the command that outlive it.
fn wait_for_orphans(state: &Path, wrong: &mut Vec<String>) {
    let mark = state.to_str().expect("a readable path").as_bytes().to_vec();
    let alive = || {
        let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
        let environments = entries.filter_map(|entry| std::fs::read(entry.path().join("environ")).ok());
        environments.filter(|text| text.windows(mark.len()).any(|part| part == mark)).count()
    };
    let begun = Instant::now();
    while alive() > 0 {
        if begun.elapsed() > Duration::from_secs(5) {
            wrong.push("a process of it is still there after 5 s".to_owned());
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
