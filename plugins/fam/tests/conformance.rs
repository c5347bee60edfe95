//! The checks of `flatbench plugin check`.

#[test]
fn conforms() {
    flatbench_conformance::build_and_check!();
}
