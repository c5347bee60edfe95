//! The families from outside: oracles against independent differentiation, controls, generators, mistakes.

#[path = "../../../../benches/cases.rs"]
mod bench_cases;
mod bounds;
mod catalogue;
mod controls;
mod deep_floor;
mod derivatives;
mod generators;
mod groups;
mod limit;
mod measurements;
mod mistakes;
mod nearest;
mod references;
mod robust_sensing;
mod standardizing;
mod starts;
mod support;
mod truths;
