#![no_main]
#[allow(dead_code, reason = "every target uses one of the bodies")]
#[path = "../bodies/mod.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|input: &[u8]| bodies::suite::suite(input));
