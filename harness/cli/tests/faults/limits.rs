//! Plugins that take what they should not: each costs its own run, in bounded time.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flatbench_records::{Environment, Machine, Outcome, Record};

use crate::history::{Undisturbed, recorded, wait_until};
use crate::hostile_plugin;
use crate::processes::workers_of;
use crate::support::{Bench, shown};

const SUITE: &str = r#"
name = "limits"
budget = 300
seeds = 1

[[case]]
family = "matrix-sensing"
rows = 8
cols = 8
rank = 1
factor_rank = 8
measurements = 50
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.01 }]

[[optimizer]]
name = "segfaulting"
plugin = "hostile"
settings = [{ misbehaviour = "segfault" }]

[[optimizer]]
name = "hanging"
plugin = "hostile"
settings = [{ misbehaviour = "sleep" }]

[[optimizer]]
name = "looping"
plugin = "hostile"
settings = [{ misbehaviour = "endless-loop" }]

[[optimizer]]
name = "hoarding"
plugin = "hostile"
settings = [{ misbehaviour = "allocate-32-gib" }]

[[optimizer]]
name = "sgd"
settings = [{ step_size = 0.001, batch_size = 4 }]
"#;

#[test]
fn a_crash_a_hang_and_32_gib_are_three_honest_records_beside_good_ones() {
    let plugin = hostile_plugin();
    let bench = Bench::new(SUITE);
    // Builds the plugins, so that the time below is that of the runs.
    let listed = bench.run("out", &["--quiet", "--list", "--plugin", &plugin]);
    assert_eq!(listed.status.code(), Some(0), "{}", shown(&listed));
    let begun = Instant::now();
    let arguments = ["--quiet", "--no-build", "--plugin", &plugin, "--time-limit", "3", "--memory-limit", "256MiB"];
    // Drawing a backtrace may take longer than the limit.
    let run = bench.run_command("out").args(arguments).env("RUST_BACKTRACE", "0").output();
    let output = run.expect("flatbench starts");
    let time = begun.elapsed();
    assert_eq!(output.status.code(), Some(3), "some runs failed: {}", shown(&output));
    let records = bench.records("out");
    assert_eq!(records.len(), 6, "every planned run has one record");
    let expected = [
        ("gd", Outcome::Completed, ""),
        ("sgd", Outcome::Completed, ""),
        ("segfaulting", Outcome::Crashed, "killed by signal 11 (SIGSEGV)"),
        ("hanging", Outcome::TimedOut, "hung in one step with the processor idle"),
        ("looping", Outcome::TimedOut, "hung in one step with the processor busy"),
        ("hoarding", Outcome::Crashed, "out of memory (see --memory-limit)"),
    ];
    for (name, outcome, words) in expected {
        let record = records.iter().find(|record| record.optimizer == name).expect("a record");
        let detail = record.result.outcome_detail.as_deref().unwrap_or_default();
        assert_eq!(record.result.outcome, outcome, "{name}: {detail}");
        assert!(detail.contains(words), "{name}: {detail:?} does not say {words:?}");
    }
    // Three seconds for the group to fall silent, three for each of the two that hang; the rest is a crowded machine.
    assert!(time < Duration::from_secs(60), "{time:?}");
}

/// The record of a plugin that misbehaves, alone, under a limit that a shell sets.
fn under(limit: &str, misbehaviour: &str) -> Record {
    let plugin = hostile_plugin();
    let text = format!(
        r#"name = "limited"
budget = 50
seeds = 1
time_limit = 30

[[case]]
family = "matrix-sensing"
rows = 6
cols = 6
rank = 1
factor_rank = 6
measurements = 40
init = ["large"]

[[optimizer]]
name = "hostile"
settings = [{{ misbehaviour = "{misbehaviour}" }}]
"#
    );
    let bench = Bench::new(&text);
    let run = bench.run_command("out");
    let mut limited = Command::new("bash");
    limited.args(["-c", &format!("{limit} && exec \"$@\""), "bash"]).arg(run.get_program()).args(run.get_args());
    limited.args(["--quiet", "--no-build", "--jobs", "1", "--plugin", &plugin]).current_dir(crate::support::root());
    let output = limited.output().expect("bash");
    assert_eq!(output.status.code(), Some(3), "{limit}: {}", shown(&output));
    bench.records("out").remove(0)
}

#[test]
fn limits_of_the_shell_are_called_by_their_names() {
    for (limit, misbehaviour, words) in [
        ("ulimit -v 4000000", "allocate-32-gib", "`ulimit -v` holds its address space to 3906 MiB"),
        ("ulimit -t 2", "endless-loop", "`ulimit -t` holds its processor time to 2 s"),
    ] {
        let record = under(limit, misbehaviour);
        let detail = record.result.outcome_detail.unwrap_or_default();
        assert_eq!(record.result.outcome, Outcome::Crashed, "{limit}: {detail}");
        assert!(detail.contains(words), "{limit}: {detail}");
    }
}

/// What `flatbench env` says of the machine, started by a shell that does something before.
fn machine_after(shell: &str) -> Machine {
    let mut command = Command::new("bash");
    command.args(["-ec", &format!("{shell}\nexec \"$@\""), "bash", env!("CARGO_BIN_EXE_flatbench")]);
    // The plugins do not matter.
    let shelf = crate::support::empty_shelf();
    command.args(["env", "--json", "--libraries"]).arg(shelf.path());
    let output = command.output().expect("bash");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    serde_json::from_slice::<Environment>(&output.stdout).expect("an environment").machine
}

/// A group of this test inside the group of the process; it goes with the value.
struct Group(PathBuf);

impl Group {
    /// Makes one where this machine lets us: `controller` of version 1, or version 2.
    fn new(controller: &str) -> Option<(Self, bool)> {
        let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
        let path = |word: &str| {
            let mut lines = groups.lines().map(|line| line.splitn(3, ':').skip(1).collect::<Vec<_>>());
            lines.find(|line| line[0].split(',').any(|own| own == word)).map(|line| line[1].to_owned())
        };
        let first = path(controller).map(|path| (format!("/sys/fs/cgroup/{controller}{path}"), false));
        let second = path("").map(|path| (format!("/sys/fs/cgroup{path}"), true));
        first.into_iter().chain(second).find_map(|(folder, is_second)| {
            let folder = Path::new(&folder).join(format!("flatbench-test-{}", std::process::id()));
            std::fs::create_dir(&folder).ok()?;
            let group = Group(folder);
            let limit = if is_second { format!("{controller}.max") } else { "cgroup.procs".to_owned() };
            group.0.join(limit).exists().then_some((group, is_second))
        })
    }

    fn set(&self, name: &str, value: &str) {
        std::fs::write(self.0.join(name), value).expect("a group of our own");
    }

    /// A line of a shell that enters it.
    fn enter(&self) -> String {
        format!("echo $$ >{}/cgroup.procs", self.0.display())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A process that was in it may take a moment to be gone.
        for _ in 0..100 {
            if std::fs::remove_dir(&self.0).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn control_groups_limit_what_is_taken() {
    let machine = machine_after("");
    match Group::new("memory") {
        None => crate::aloud("no control group for memory can be made here: real ones are NOT tested"),
        Some((group, is_second)) => {
            group.set(if is_second { "memory.max" } else { "memory.limit_in_bytes" }, "805306368");
            let limited = machine_after(&group.enter());
            assert_eq!(limited.allowed_memory_bytes, Some(768 << 20), "{:?}", limited.limits);
            assert!(limited.limits.iter().any(|limit| limit.starts_with("0.8 GiB by /sys/fs/cgroup/")), "{limited:?}");
            assert_eq!((limited.cores, limited.memory_bytes), (machine.cores, machine.memory_bytes));
        }
    }
    match Group::new("cpu") {
        None => crate::aloud("no control group for processors can be made here: real ones are NOT tested"),
        Some((group, is_second)) => {
            match is_second {
                true => group.set("cpu.max", "100000 100000"),
                false => group.set("cpu.cfs_quota_us", "100000"),
            }
            let limited = machine_after(&group.enter());
            assert_eq!(limited.cores, 1, "{:?}", limited.limits);
        }
    }
}

#[test]
fn a_job_of_slurm_takes_what_it_was_given() {
    let bench = Bench::new(&crate::suite(8, 4000));
    Undisturbed::run(&bench);
    let variables = [("SLURM_JOB_ID", "7"), ("SLURM_CPUS_PER_TASK", "1"), ("SLURM_MEM_PER_CPU", "600")];
    let mut command = bench.run_command("out");
    command.args(["--quiet", "--no-build"]).envs(variables).stdout(Stdio::null());
    let mut run = command.spawn().expect("flatbench starts");
    wait_until("a record", || recorded(&bench.path("out")) > 0);
    wait_until("a worker", || !workers_of(run.id()).is_empty());
    let workers = workers_of(run.id());
    assert_eq!(workers.len(), 1, "one core, one worker");
    let line = std::fs::read(format!("/proc/{}/cmdline", workers[0].id)).expect("a process");
    let line = String::from_utf8_lossy(&line).replace('\0', " ");
    assert!(line.contains(&format!("--memory-limit {} ", 300 << 20)), "half of what it may use: {line}");
    run.kill().expect("a child");
    run.wait().expect("a child");
    let text = std::fs::read(bench.path("out/environment.json")).expect("a file");
    let machine = serde_json::from_slice::<Environment>(&text).expect("an environment").machine;
    assert_eq!((machine.cores, machine.allowed_memory_bytes), (1, Some(600 << 20)));
    assert_eq!(machine.limits.last().map(String::as_str), Some("0.6 GiB by SLURM_MEM_PER_CPU"));
}
