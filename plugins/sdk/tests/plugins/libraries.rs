use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use cargo_metadata::{CrateType, Message};
use flatbench_plugin::host::Library;

const PACKAGES: [&str; 36] = [
    "flatbench-gd",
    "flatbench-sgd",
    "flatbench-sam",
    "flatbench-trace-penalty",
    "flatbench-momentum",
    "flatbench-label-noise-sgd",
    "flatbench-adam",
    "flatbench-asam",
    "flatbench-muon",
    "flatbench-normalized-gd",
    "flatbench-scaled-gd",
    "flatbench-sign-gd",
    "flatbench-swa",
    "flatbench-weight-decay",
    "flatbench-weight-noise-gd",
    "flatbench-adamw",
    "flatbench-rmsprop",
    "flatbench-lion",
    "flatbench-adafactor",
    "flatbench-polyak-gd",
    "flatbench-shampoo",
    "flatbench-soap",
    "flatbench-muon-polar",
    "flatbench-norm-matched-gd",
    "flatbench-lookahead",
    "flatbench-entropy-sgd",
    "flatbench-gradient-norm-penalty",
    "flatbench-langevin",
    "flatbench-alternating-scaled-gd",
    "flatbench-l-bfgs",
    "flatbench-fam",
    "flatbench-lambda-max-penalty",
    "flatbench-levenberg-marquardt",
    "flatbench-alt-min",
    "flatbench-trace-flow",
    "flatbench-fixture-hostile",
];

/// The plugin of a package, loaded from where cargo says it built it.
pub fn library(package: &str) -> Library {
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    Library::open(&BUILT.get_or_init(build)[package]).unwrap_or_else(|error| panic!("{}", error.full_text()))
}

/// The source text of a plugin, by the name of its folder.
pub fn sources(folder: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("src/lib.rs");
    fs::read_to_string(path).expect("the plugin has a lib.rs")
}

fn build() -> BTreeMap<String, PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--message-format=json-render-diagnostics"]);
    cargo.args(PACKAGES.iter().flat_map(|package| ["-p", package]));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit());
    let output = cargo.output().expect("cargo starts");
    assert!(output.status.success(), "the plugins do not build");
    let mut libraries = BTreeMap::new();
    for message in Message::parse_stream(&*output.stdout) {
        if let Message::CompilerArtifact(artifact) = message.expect("cargo writes JSON")
            && artifact.target.crate_types.contains(&CrateType::CDyLib)
        {
            let package = artifact.target.name.replace('_', "-");
            libraries.insert(package, artifact.filenames[0].clone().into_std_path_buf());
        }
    }
    libraries
}
