use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{Environment, FORMAT, Machine, PluginBuild};

use crate::plugins::{Plugin, SourceTree};
use crate::whereabouts;

/// What only the binary knows about itself.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    /// Version of flatbench.
    pub version: &'static str,
    /// Compiler.
    pub rustc: Option<&'static str>,
    /// Cargo profile.
    pub profile: &'static str,
}

/// The machine, the binary and the plugins, as `environment.json` keeps them.
pub fn describe_environment(build: Build, tree: Option<&SourceTree>, plugins: &[Plugin]) -> Environment {
    let (commit, dirty) = tree.and_then(SourceTree::commit).unzip();
    Environment {
        format: FORMAT,
        flatbench_version: build.version.to_owned(),
        commit,
        dirty,
        rustc: build.rustc.map(str::to_owned),
        profile: build.profile.to_owned(),
        machine: Machine {
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            cpu: field_of(Path::new("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            features: features(),
            memory_bytes: memory_bytes(),
        },
        plugins: plugins.iter().map(|plugin| (plugin.description.name.clone(), build_of(plugin, tree))).collect(),
        data: BTreeMap::new(),
        host: Some(whereabouts::host()),
        job: whereabouts::queue_job(),
        ..Environment::default()
    }
}

/// What is known of a plugin's library. Its path is one within the source tree where it is there, so that the file can be
/// published and compared between machines; what the tree's `plugins/` hold is found without being named.
fn build_of(plugin: &Plugin, tree: Option<&SourceTree>) -> PluginBuild {
    let mut build = plugin.build();
    if let Some(within) = tree.and_then(|tree| build.library.strip_prefix(tree.root()).ok()) {
        build.library = within.to_owned();
    }
    build.source = build.source.filter(|source| tree.is_none_or(|tree| !source.starts_with(tree.plugins())));
    build
}

/// Memory of the machine in bytes, where the system tells.
pub fn memory_bytes() -> Option<u64> {
    let text = field_of(Path::new("/proc/meminfo"), "MemTotal")?;
    text.trim_end_matches("kB").trim().parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

/// The value of the first `name : value` line of a file.
fn field_of(file: &Path, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<String> {
    let present = [
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("fma", std::is_x86_feature_detected!("fma")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
    ];
    present.iter().filter(|(_, present)| *present).map(|(name, _)| (*name).to_owned()).collect()
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<String> {
    vec!["neon".into()]
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<String> {
    Vec::new()
}
