//! A plugin in C is held against the same checks.

#[test]
fn momentum_in_c_conforms() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../c/momentum");
    flatbench_conformance::assert_conforms(flatbench_conformance::build(folder).expect("there is a C compiler"));
}

#[test]
fn a_folder_without_sources_is_named() {
    let error = flatbench_conformance::build(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
        .expect_err("there is nothing to build");
    assert!(error.to_string().ends_with("neither a Cargo.toml nor a C file (give the folder of a plugin)"), "{error}");
}
