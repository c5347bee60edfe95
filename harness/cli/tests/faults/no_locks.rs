//! File systems without locks, as some mounts of Lustre and NFS are.

use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::suite;
use crate::support::{Bench, root, shown};

#[test]
fn a_file_stands_for_the_lock_where_there_is_none() {
    let bench = Bench::new(&suite(1, 50));
    let library = bench.path("no-flock.so");
    let source = root().join("harness/fixtures/c/no-flock.c");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let compiled = Command::new(compiler).args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).status();
    assert!(compiled.expect("a C compiler").success());
    let run =
        || bench.run_command("out").arg("--quiet").env("LD_PRELOAD", &library).output().expect("flatbench starts");

    let first = run();
    assert_eq!(first.status.code(), Some(0), "{}", shown(&first));
    let marker = bench.path("out/lock.holder");
    assert!(!marker.exists() && !bench.records("out").is_empty());

    // Of a process that goes on, or may: one of another machine that has given a sign of life not long ago.
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("a name");
    for holder in [format!("{} on {}\n", std::process::id(), machine.trim()), "1 on another-machine\n".to_owned()] {
        std::fs::write(&marker, &holder).expect("a file");
        let refused = run();
        assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
        let said = shown(&refused);
        assert!(said.contains(holder.trim()) && said.contains("minutes after its last sign of life"), "{said}");
    }
    // Of one that has not for long.
    let old = SystemTime::now() - Duration::from_secs(200);
    let file = std::fs::File::options().write(true).open(&marker).expect("a file");
    file.set_modified(old).expect("a time");
    let over = run();
    assert_eq!(over.status.code(), Some(0), "{}", shown(&over));
    assert!(!marker.exists());
    // A task of a queue waits for that moment, since its first attempt may have been on that machine.
    std::fs::write(&marker, "1 on another-machine\n").expect("a file");
    let nearly = SystemTime::now() - Duration::from_secs(175);
    std::fs::File::options().write(true).open(&marker).expect("a file").set_modified(nearly).expect("a time");
    let mut task = bench.run_command("out");
    let task =
        task.arg("--quiet").env("LD_PRELOAD", &library).env("SLURM_JOB_ID", "7").output().expect("flatbench starts");
    assert_eq!(task.status.code(), Some(0), "{}", shown(&task));
    assert!(shown(&task).contains("is waited for"), "{}", shown(&task));
    // Of one that was killed.
    let mut dead = Command::new("true").spawn().expect("a process");
    dead.wait().expect("it ends");
    std::fs::write(&marker, format!("{} on {}\n", dead.id(), machine.trim())).expect("a file");
    let over = run();
    assert_eq!(over.status.code(), Some(0), "{}", shown(&over));
    assert!(!marker.exists());
}
