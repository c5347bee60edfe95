use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::ScaffoldError;
use crate::name::{check, type_name};
use crate::path::{portable, relative};

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A crate.
    Rust,
    /// A C file with a Makefile and the header.
    C,
}

/// File names and contents, with places to fill in.
type Template = &'static [(&'static str, &'static str)];

const RUST: Template = &[
    ("Cargo.toml", include_str!("../templates/rust/Cargo.toml.template")),
    ("src/lib.rs", include_str!("../templates/rust/lib.rs.template")),
    ("tests/conformance.rs", include_str!("../templates/rust/conformance.rs.template")),
];

const C: Template = &[
    ("{{name}}.c", include_str!("../templates/c/plugin.c.template")),
    ("Makefile", include_str!("../templates/c/Makefile.template")),
    (".gitignore", "/target\n"),
    ("flatbench_plugin.h", include_str!("../../sdk/include/flatbench_plugin.h")),
];

/// Writes a new plugin called `name` into `folder`, which must not exist yet, and returns the files in the order in which they
/// were written. `sdk` is the folder of the crate `flatbench-plugin`; the new crate refers to it by a relative path.
///
/// # Errors
/// See [`ScaffoldError`]; nothing is ever overwritten.
pub fn scaffold(name: &str, folder: &Path, language: Language, sdk: &Path) -> Result<Vec<PathBuf>, ScaffoldError> {
    check(name)?;
    if folder.symlink_metadata().is_ok() {
        return Err(ScaffoldError::Exists { path: folder.to_owned() });
    }
    let no_sdk = || ScaffoldError::NoSdk { path: sdk.to_owned() };
    let absolute_sdk = sdk.canonicalize().map_err(|_| no_sdk())?;
    let conformance = absolute_sdk.parent().map(|plugins| plugins.join("conformance")).ok_or_else(no_sdk)?;
    if !absolute_sdk.join("Cargo.toml").is_file() || !conformance.join("Cargo.toml").is_file() {
        return Err(no_sdk());
    }
    check_place(name, folder, language, &absolute_sdk)?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ScaffoldError::Io { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let absolute = folder.canonicalize().map_err(failed(folder))?;
    let fill = |text: &str| {
        text.replace("{{name}}", name)
            .replace("{{type}}", &type_name(name))
            .replace("{{sdk}}", &portable(&relative(&absolute, &absolute_sdk)))
            .replace("{{conformance}}", &portable(&relative(&absolute, &conformance)))
    };
    let template = match language {
        Language::Rust => RUST,
        Language::C => C,
    };
    let mut written = Vec::new();
    for (file, text) in template {
        let path = folder.join(fill(file));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        let mut file = fs::File::create_new(&path).map_err(failed(&path))?;
        file.write_all(fill(text).as_bytes()).map_err(failed(&path))?;
        written.push(path);
    }
    Ok(written)
}

/// Inside the repository of `sdk` a crate has to be a member of its workspace, which takes every folder in `plugins/` for a crate.
fn check_place(name: &str, folder: &Path, language: Language, sdk: &Path) -> Result<(), ScaffoldError> {
    let (Some(plugins), Some(place)) = (sdk.parent(), resolved(folder)) else { return Ok(()) };
    let repository = plugins.parent().unwrap_or(plugins);
    let wrong = |reason, better: PathBuf| ScaffoldError::Place { path: folder.to_owned(), reason, better };
    let is_in = |parent: &Path| place.parent() == Some(parent);
    match language {
        Language::Rust if place.starts_with(repository) && !is_in(plugins) => {
            Err(wrong("a crate in this repository has to be in its workspace", plugins.join(name)))
        }
        Language::C if is_in(plugins) => {
            Err(wrong("the workspace takes every folder there for a crate", plugins.join("c").join(name)))
        }
        _ => Ok(()),
    }
}

/// The absolute path of something that does not exist yet, without links as far as it exists.
fn resolved(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let existing = path.ancestors().find_map(|ancestor| Some((ancestor.canonicalize().ok()?, ancestor)));
    existing.and_then(|(real, ancestor)| Some(real.join(path.strip_prefix(ancestor).ok()?)))
}
