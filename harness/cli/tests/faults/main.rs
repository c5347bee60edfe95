//! Fault injection: killed supervisors and workers, full and vanished disks, jumping clocks, stopped processes, hostile
//! plugins. Whatever happens, no record is lost and none is wrong.
//!
//! `cargo test -p flatbench --test faults` does a short form of everything. The full form is
//! `FLATBENCH_FAULTS=full cargo test -p flatbench --test faults -- --test-threads 1`; its figures stand in
//! `harness/docs/FAULTS.md`. `FLATBENCH_FAULTS_SEED` draws other moments.
#![cfg(target_os = "linux")]

mod clock;
mod damage;
mod disk;
mod exhaustion;
mod exhaustive;
mod history;
mod hostile;
mod kills;
mod limits;
mod neighbours;
mod no_locks;
mod place;
mod processes;
mod signals;
#[path = "../support/mod.rs"]
mod support;

use std::io::Write;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Whether the full form is asked for.
fn full() -> bool {
    std::env::var_os("FLATBENCH_FAULTS").is_some_and(|form| form == "full")
}

/// Where random moments come from.
fn moments() -> ChaCha8Rng {
    let seed = std::env::var("FLATBENCH_FAULTS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    ChaCha8Rng::seed_from_u64(seed)
}

/// Says something that is to be seen although the test passes, whose output is captured.
fn aloud(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The crate of the plugin that misbehaves on request.
fn hostile_plugin() -> String {
    support::root().join("harness/fixtures/hostile").display().to_string()
}

/// A suite of two cases and six optimizers, twelve runs for each of its seeds.
fn suite(seeds: usize, budget: usize) -> String {
    format!(
        r#"
name = "faults"
budget = {budget}
seeds = {seeds}

[[case]]
family = "matrix-sensing"
rows = 10
cols = 9
rank = 1
factor_rank = 9
measurements = 60
init = ["large"]

[[case]]
family = "matrix-completion"
rows = 10
cols = 8
rank = 1
factor_rank = 8
sampling_rate = 0.7
init = ["small"]

[[optimizer]]
name = "gd"
settings = [{{ step_size = 0.05 }}, {{ step_size = 0.02 }}]

[[optimizer]]
name = "sgd"
settings = [{{ step_size = 0.01, batch_size = 4 }}, {{ step_size = 0.005, batch_size = 8 }}]

[[optimizer]]
name = "sam"
settings = [{{ step_size = 0.02, radius = 0.05 }}]

[[optimizer]]
name = "trace-penalty"
settings = [{{ step_size = 0.01 }}]
"#
    )
}
