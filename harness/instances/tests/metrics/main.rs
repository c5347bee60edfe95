//! Every metric of a record against an implementation of its own, written plainly from the definitions in METRICS.md.

mod chain;
mod dense;
mod expected;
mod factors;
mod held_out;
mod points;
#[path = "../../../problems/tests/suite/support/mod.rs"]
#[expect(dead_code, reason = "the oracle tests of the families use the rest of it")]
mod support;
