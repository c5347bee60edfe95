//! Whatever a suite, a records file, a worker or a data file contains, it is refused in words or used: the bodies of the fuzz
//! targets, on their seeds and on random damages of them.

#[path = "../../fuzz/bodies/mod.rs"]
mod bodies;

use std::path::Path;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Texts that mean something to a parser.
const WORDS: [&[u8]; 24] = [
    b"\n",
    b"\0",
    b"\xff",
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[case]]",
    b"[[optimizer]]",
    b"=",
    b",",
    b"-",
    b"0",
    b"1e999",
    b"18446744073709551616",
    b"-9223372036854775808",
    b"nan",
    b"null",
    b"true",
    b"9999999999",
    b"{}",
    b"\"format\":2",
    b"\n\n",
];

/// Seeds of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let mut paths: Vec<_> = folder.read_dir().expect("seeds").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a seed")).collect()
}

/// Up to four edits of the kind that editors, disks and bugs make.
fn damage(text: &mut Vec<u8>, random: &mut impl Rng) {
    for _ in 0..random.random_range(1..=4) {
        let start = random.random_range(0..=text.len());
        let end = text.len().min(start + random.random_range(0..40));
        match random.random_range(0..6) {
            0 => text.truncate(start),
            1 => drop(text.drain(start..end)),
            2 => {
                let word = WORDS[random.random_range(0..WORDS.len())];
                text.splice(start..start, word.iter().copied());
            }
            3 => {
                let word = WORDS[random.random_range(0..WORDS.len())];
                text.splice(start..end, word.iter().copied());
            }
            4 => {
                let copy = text[start..end].to_vec();
                text.splice(start..start, copy);
            }
            _ => text[start..end].iter_mut().for_each(|byte| *byte ^= 1 << random.random_range(0..8)),
        }
    }
}

/// Feeds a body its seeds, and `count` damages of them.
fn feed(target: &str, count: usize, body: fn(&[u8])) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty());
    seeds.iter().for_each(|seed| body(seed));
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for index in 0..count {
        let mut text = seeds[index % seeds.len()].clone();
        damage(&mut text, &mut random);
        body(&text);
    }
}

#[test]
fn any_suite_is_checked_or_refused() {
    feed("suite", 3000, bodies::suite::suite);
}

#[test]
fn any_records_file_is_sorted_into_records_and_flaws() {
    feed("records", 3000, bodies::records::records);
}

#[test]
fn any_worker_costs_each_run_one_record() {
    feed("protocol", 60, bodies::protocol::protocol);
}

#[test]
fn any_data_file_is_read_or_refused() {
    feed("data", 3000, bodies::data::data);
}
