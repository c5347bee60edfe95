use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{Environment, FORMAT, Libraries, Machine, NUMERICS, PluginBuild};

use crate::Allowance;
use crate::allowance::memory_of_machine;
use crate::date::today;
use crate::plugins::{Plugin, Shelf, SourceTree};
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
    let allowance = Allowance::of_this_process();
    Environment {
        format: FORMAT,
        flatbench_version: build.version.to_owned(),
        commit,
        dirty,
        rustc: build.rustc.map(str::to_owned),
        profile: build.profile.to_owned(),
        numerics: Some(NUMERICS),
        date: Some(today()),
        machine: Machine {
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            cpu: field_of(Path::new("/proc/cpuinfo"), "model name"),
            cores: allowance.cores,
            features: features(),
            memory_bytes: memory_of_machine(),
            allowed_memory_bytes: allowance.memory.filter(|_| allowance.memory_by.is_some()),
            limits: allowance.limits(),
        },
        plugins: plugins.iter().map(|plugin| (plugin.description.name.clone(), build_of(plugin, tree))).collect(),
        data: BTreeMap::new(),
        host: Some(whereabouts::host()),
        job: whereabouts::queue_job(),
        ..Environment::default()
    }
}

/// The same where the plugins are those of a folder with libraries: what is known of it, in place of a source tree.
pub fn with_libraries(mut environment: Environment, shelf: &Shelf) -> Environment {
    let (commit, dirty) = shelf.commit();
    (environment.commit, environment.dirty) = (commit.map(str::to_owned), dirty);
    let folder = std::path::absolute(shelf.folder()).unwrap_or_else(|_| shelf.folder().to_owned());
    environment.plugins.values_mut().for_each(|plugin| plugin.source = None);
    environment.libraries = Some(Libraries { folder, features: shelf.features().map(<[String]>::to_vec) });
    environment
}

/// How this processor differs from the one that a suite was prepared on, whose instruction-set extensions were `features`, as far as
/// numbers may differ for it. `None` where they are the same.
pub fn other_processor(features: &[String]) -> Option<String> {
    differing(features, &self::features())
}

fn differing(there: &[String], here: &[String]) -> Option<String> {
    let only = |of: &[String], not: &[String]| {
        let words: Vec<&str> = of.iter().filter(|word| !not.contains(word)).map(String::as_str).collect();
        (!words.is_empty()).then(|| words.join(", "))
    };
    let what = match (only(there, here), only(here, there)) {
        (None, None) => return None,
        (Some(missing), None) => format!("has no {missing}, which the machine had that prepared this"),
        (None, Some(more)) => format!("has {more}, which the machine had not that prepared this"),
        (Some(missing), Some(more)) => format!("has no {missing} but {more}, unlike the machine that prepared this"),
    };
    Some(format!("this processor {what}: numbers may differ in their last bits from those of that kind of machine"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_and_a_newer_processor_are_both_named() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let said = |there: &str, here: &str| differing(&words(there), &words(here)).unwrap_or_default();
        assert_eq!(said("avx2 fma", "fma avx2"), "");
        assert!(said("avx2 fma avx512f", "avx2 fma").starts_with("this processor has no avx512f, which"));
        assert!(said("", "avx2 fma").starts_with("this processor has avx2, fma, which the machine had not"));
        assert!(said("neon", "avx2").starts_with("this processor has no neon but avx2, unlike"));
        assert_eq!(other_processor(&features()), None);
    }
}
