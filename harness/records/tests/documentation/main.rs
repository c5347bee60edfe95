//! The tables of the documentation against the tables of the code. To write them anew:
//!
//! ```sh
//! FLATBENCH_WRITE_DOCS=1 cargo test -p flatbench-records --test documentation -- --test-threads=1
//! ```
mod calls;
mod metrics;
mod page;
