#![no_main]
#[allow(dead_code, reason = "every target uses one of the bodies")]
#[path = "../bodies/mod.rs"]
mod bodies;

/// A program with a `main` of its own begins like this; without one, a worker that does not read would end the fuzzer.
fn ignore_broken_pipes() {
    // SAFETY: so the C library declares it, with addresses for numbers.
    unsafe extern "C" {
        fn signal(number: i32, handler: usize) -> usize;
    }
    const PIPE: i32 = 13;
    const IGNORE: usize = 1;
    // SAFETY: `signal` may be called with any number and SIG_IGN.
    unsafe { signal(PIPE, IGNORE) };
}

libfuzzer_sys::fuzz_target!(init: ignore_broken_pipes(), |input: &[u8]| bodies::protocol::protocol(input));
