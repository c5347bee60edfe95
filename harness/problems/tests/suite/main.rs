//! The families from outside: oracles against independent differentiation, controls, generators, mistakes.

mod controls;
mod derivatives;
mod generators;
mod groups;
mod limit;
mod mistakes;
mod references;
mod support;
