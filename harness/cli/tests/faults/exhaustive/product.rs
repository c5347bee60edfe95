//! What a command has made, without times, so that it can be compared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use flatbench_records::directory::{Contents, RECORDS, TRAJECTORIES, trajectory};

use crate::support::timeless;

/// Where records may be, and how they are called there.
const MOVED: [(&str, &str); 3] =
    [(RECORDS, ""), ("records.superseded.jsonl", "superseded "), ("records.rejected.jsonl", "rejected ")];

/// Contents by name.
pub type Product = BTreeMap<String, Vec<u8>>;

/// What stands at a path: the runs and the report of a run directory, or any other files as they are.
pub fn product(out: &Path) -> Product {
    if out.is_file() {
        return BTreeMap::from([("file".to_owned(), std::fs::read(out).expect("a file"))]);
    }
    if !out.join(RECORDS).is_file() {
        let name = |path: &Path| path.strip_prefix(out).expect("inside").display().to_string();
        return files(out).into_iter().map(|path| (name(&path), std::fs::read(&path).expect("a file"))).collect();
    }
    let mut product = kept(out);
    for name in ["suite.toml", "index.html", "environment.json"] {
        if let Ok(bytes) = std::fs::read(out.join(name)) {
            // A page tells times, and an environment only what the system told.
            product.insert(name.to_owned(), if name == "suite.toml" { bytes } else { Vec::new() });
        }
    }
    for figure in files(&out.join("figures")) {
        product.insert(format!("figure {}", figure.file_name().expect("a name").display()), Vec::new());
    }
    for name in ["records.torn.jsonl", "records.rejected.jsonl"] {
        let text = std::fs::read_to_string(out.join(name)).unwrap_or_default();
        product.extend(text.lines().map(|line| (format!("{name}: {line}"), Vec::new())));
    }
    product
}

/// Every record of a run directory with its trajectory, wherever it was moved: what must never get lost.
pub fn kept(out: &Path) -> Product {
    let mut product = Product::new();
    let mut folders: BTreeSet<PathBuf> = files(&out.join("earlier"))
        .iter()
        .filter_map(|path| {
            path.ancestors().find(|folder| folder.parent() == Some(&out.join("earlier"))).map(PathBuf::from)
        })
        .collect();
    folders.insert(out.to_owned());
    for folder in folders {
        let place = if folder == out { "" } else { "earlier " };
        for (file, label) in MOVED {
            let contents = Contents::read(&folder.join(file), None).unwrap_or_default();
            for record in contents.records {
                let key = record.key.clone();
                let line = serde_json::to_vec(&timeless(record)).expect("JSON");
                product.insert(format!("{place}{label}record {key}"), line);
            }
        }
        for file in files(&folder.join(TRAJECTORIES)) {
            let key = file.file_stem().unwrap_or_default().to_string_lossy();
            if let Some(mut points) = trajectory(&folder, &key).expect("a whole trajectory") {
                points.checkpoints.iter_mut().for_each(|point| point.seconds = 0.0);
                product.insert(format!("{place}trajectory {key}"), serde_json::to_vec(&points).expect("JSON"));
            }
        }
    }
    product
}

/// Keys of records and trajectories, wherever they are now.
pub fn keys(product: &Product) -> BTreeSet<(bool, &str)> {
    let words = product.keys().filter(|name| name.contains("record ") || name.contains("trajectory "));
    words.map(|name| (name.contains("record "), name.rsplit(' ').next().unwrap_or_default())).collect()
}

/// Names of files that somebody began to write and did not finish, locks and copies.
pub fn unfinished(out: &Path) -> Vec<String> {
    let names = files(out).into_iter().map(|path| path.strip_prefix(out).expect("inside").display().to_string());
    let is_left = |name: &String| {
        name.contains(".unfinished") || name.ends_with(".partial") || name == "lock" || name.starts_with(".held")
    };
    let in_place = |name: &String| !name.starts_with(TRAJECTORIES) || name.ends_with(".json");
    names.filter(|name| is_left(name) || !in_place(name)).collect()
}

/// Every file below a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => all.extend(files(&entry.path())),
            false => all.push(entry.path()),
        }
    }
    all.sort();
    all
}

/// Names that only one of two products has, or that differ.
pub fn differences(expected: &Product, found: &Product) -> Vec<String> {
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let differs = |name: &&&String| expected.get(**name) != found.get(**name);
    let say = |name: &String| match (expected.get(name), found.get(name)) {
        (Some(_), None) => format!("{name} is missing"),
        (None, _) => format!("{name} is new"),
        _ => format!("{name} differs"),
    };
    names.iter().filter(differs).map(|name| say(name)).collect()
}
