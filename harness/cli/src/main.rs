//! flatbench
fn main() {}
