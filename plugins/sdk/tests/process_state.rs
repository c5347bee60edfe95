//! What a plugin may change in its process. In a process of its own, since other tests open files.

use flatbench_plugin::host::ProcessState;

#[test]
fn every_change_is_named_and_what_was_put_back_or_imported_is_none() {
    let before = ProcessState::read();
    assert_eq!(ProcessState::read().lasting_changes(&before, 0), Vec::<String>::new());
    // SAFETY: the calls change the process as they say; no other test runs in it.
    unsafe {
        libc::signal(libc::SIGUSR2, libc::SIG_IGN);
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigaddset(&mut set, libc::SIGUSR1);
        libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
        libc::setlocale(libc::LC_NUMERIC, c"C.UTF-8".as_ptr());
    }
    let open = std::fs::File::open("/dev/null").unwrap();
    let changes = ProcessState::read().lasting_changes(&before, 0);
    for words in ["the locale (C → ", "on signals SIGUSR2", "the mask of blocked signals", "1 open descriptor more"] {
        assert!(changes.iter().any(|change| change.contains(words)), "{words}: {changes:?}");
    }
    drop(open);
    // SAFETY: as above.
    unsafe {
        libc::signal(libc::SIGUSR2, libc::SIG_DFL);
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigaddset(&mut set, libc::SIGUSR1);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &set, std::ptr::null_mut());
        libc::setlocale(libc::LC_NUMERIC, c"C".as_ptr());
    }
    assert_eq!(ProcessState::read().lasting_changes(&before, 0), Vec::<String>::new());

    // As a package does when it is imported, and when it is used.
    let mut settled = before.clone();
    // SAFETY: as above.
    unsafe {
        libc::signal(libc::SIGUSR2, libc::SIG_IGN);
        std::env::set_var("FLATBENCH_TEST_OF_IMPORTS", "1");
    }
    let open = std::fs::File::open("/dev/null").unwrap();
    assert_eq!(ProcessState::read().lasting_changes(&before, 0).len(), 3);
    settled.settle(&ProcessState::read());
    // SAFETY: as above.
    unsafe { std::env::set_var("FLATBENCH_TEST_OF_USES", "1") };
    assert_eq!(ProcessState::read().lasting_changes(&settled, 0), Vec::<String>::new());
    drop(open);
    assert_eq!(ProcessState::read().lasting_changes(&settled, 0), Vec::<String>::new());
    // SAFETY: as above.
    unsafe {
        std::env::set_var("FLATBENCH_TEST_OF_IMPORTS", "2");
        libc::signal(libc::SIGUSR2, libc::SIG_DFL);
    }
    let changes = ProcessState::read().lasting_changes(&settled, 0);
    for words in ["the environment (FLATBENCH_TEST_OF_IMPORTS)", "on signals SIGUSR2"] {
        assert!(changes.iter().any(|change| change.contains(words)), "{words}: {changes:?}");
    }
    assert!(changes.iter().all(|change| !change.contains("TEST_OF_USES")), "{changes:?}");
}
