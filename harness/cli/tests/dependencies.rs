//! The rules of the layout: the supervisor cannot compute, the reporter cannot run, an optimizer is never handed the truth.
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Crates of this workspace that each crate depends on, other than for its tests.
fn dependencies() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(root).no_deps().exec().expect("the workspace");
    let members: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let folder = |path: &str| path.trim_end_matches("/Cargo.toml").to_owned();
    metadata
        .packages
        .iter()
        .map(|package| {
            let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
            let own = normal.map(|dependency| dependency.name.clone()).filter(|name| members.contains(name)).collect();
            let manifest = package.manifest_path.strip_prefix(&metadata.workspace_root).expect("inside the workspace");
            (package.name.to_string(), (folder(manifest.as_str()), own))
        })
        .collect()
}

#[test]
fn crates_depend_only_on_what_the_layout_allows() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        (
            "flatbench",
            [
                "flatbench-conformance",
                "flatbench-instances",
                "flatbench-records",
                "flatbench-report",
                "flatbench-runner",
                "flatbench-scaffold",
                "flatbench-worker",
            ]
            .as_slice(),
        ),
        (
            "flatbench-python",
            &[
                "flatbench",
                "flatbench-instances",
                "flatbench-plugin",
                "flatbench-problems",
                "flatbench-records",
                "flatbench-report",
                "flatbench-runner",
            ],
        ),
        ("flatbench-runner", &["flatbench-records"]),
        ("flatbench-report", &["flatbench-records"]),
        ("flatbench-worker", &["flatbench-instances", "flatbench-problems", "flatbench-records", "flatbench-plugin"]),
        ("flatbench-instances", &["flatbench-problems", "flatbench-records"]),
        ("flatbench-problems", &["flatbench-records"]),
        ("flatbench-records", &[]),
        ("flatbench-plugin", &["flatbench-plugin-derive"]),
        ("flatbench-plugin-derive", &[]),
    ]);
    let found = dependencies();
    for name in allowed.keys() {
        assert!(found.contains_key(*name), "{name} is gone from the workspace: this test has to follow");
    }
    for (name, (folder, own)) in &found {
        let limit: BTreeSet<&str> = match allowed.get(name.as_str()) {
            Some(limit) => limit.iter().copied().collect(),
            None if folder == "plugins/conformance" => BTreeSet::from(["flatbench-plugin", "flatbench-records"]),
            None if folder.starts_with("plugins/") || folder.starts_with("harness/fixtures/") => {
                BTreeSet::from(["flatbench-plugin"])
            }
            None => continue,
        };
        let beyond: Vec<&String> = own.iter().filter(|dependency| !limit.contains(dependency.as_str())).collect();
        assert!(beyond.is_empty(), "{name} ({folder}) must not depend on {beyond:?}");
    }
}

#[test]
fn every_optimizer_is_a_dynamic_library_on_the_sdk() {
    let optimizers: Vec<_> = dependencies()
        .into_iter()
        .filter(|(_, (folder, _))| {
            folder
                .strip_prefix("plugins/")
                .is_some_and(|rest| !rest.starts_with("sdk") && !["conformance", "scaffold"].contains(&rest))
        })
        .collect();
    assert!(optimizers.len() >= 4, "{optimizers:?}");
    for (name, (folder, own)) in optimizers {
        assert!(own.contains("flatbench-plugin"), "{name}");
        let conformance = support::root().join(&folder).join("tests/conformance.rs");
        assert!(
            conformance.exists(),
            "{folder} is not held against the contract: {} is missing",
            conformance.display()
        );
    }
}

/// A file that no `mod` names is compiled by nobody, and so tested by nobody.
#[test]
fn every_source_file_is_a_module_of_its_crate() {
    let mut orphans = Vec::new();
    for (folder, _) in dependencies().into_values() {
        visit(&support::root().join(folder).join("src"), &mut orphans);
    }
    assert!(orphans.is_empty(), "not named by a `mod` beside them: {orphans:?}");
}

fn visit(folder: &Path, orphans: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let roots = ["lib.rs", "main.rs", "mod.rs"].map(|name| std::fs::read_to_string(folder.join(name)));
    let declared: String = roots.into_iter().flatten().collect();
    for path in entries {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            visit(&path, orphans);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !["lib", "main", "mod"].contains(&stem.as_str())
            && !declared.contains(&format!("mod {stem};"))
        {
            orphans.push(path);
        }
    }
}
