//! File systems without locks, as some mounts of Lustre and NFS are.

use std::process::Command;

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

    // Of a process that goes on, or may: on another machine nobody can tell.
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("a name");
    for holder in [format!("{} on {}\n", std::process::id(), machine.trim()), "1 on another-machine\n".to_owned()] {
        std::fs::write(&marker, &holder).expect("a file");
        let refused = run();
        assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
        let said = shown(&refused);
        assert!(said.contains(holder.trim()) && said.contains("remove "), "{said}");
    }
    // Of one that was killed.
    let mut dead = Command::new("true").spawn().expect("a process");
    dead.wait().expect("it ends");
    std::fs::write(&marker, format!("{} on {}\n", dead.id(), machine.trim())).expect("a file");
    let over = run();
    assert_eq!(over.status.code(), Some(0), "{}", shown(&over));
    assert!(!marker.exists());
}
