#![no_main]
#[path = "../../../plugins/sdk/tests/plugins/tables/body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    body::table(input);
});
