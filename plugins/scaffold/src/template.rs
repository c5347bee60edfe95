use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::name::{check, module_name, type_name};
use crate::path::{portable, relative};
use crate::{ScaffoldError, Sdk};

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A crate.
    Rust,
    /// A C file with a Makefile.
    C,
    /// A file in Python.
    Python,
}

impl Language {
    /// Every one.
    pub const ALL: [Language; 3] = [Language::Rust, Language::C, Language::Python];

    /// The folder of a source tree's `plugins` in which each plugin has one; crates are directly in it.
    fn folder(self) -> Option<&'static str> {
        match self {
            Language::Rust => None,
            Language::C => Some("c"),
            Language::Python => Some("python"),
        }
    }
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
];

const PYTHON: Template = &[
    ("{{module}}.py", include_str!("../templates/python/plugin.py.template")),
    (".gitignore", "/target\n__pycache__/\n"),
];

/// What a plugin in C has beside it where the source tree does not provide it.
const HEADER: (&str, &str) = ("flatbench_plugin.h", include_str!("../../sdk/include/flatbench_plugin.h"));

/// Where a new plugin of a source tree belongs, given the tree's folder `plugins`: crates directly in it, since every folder there
/// is a member of the workspace, plugins in C in `c` and those in Python in `python`.
pub fn default_folder(plugins: &Path, name: &str, language: Language) -> PathBuf {
    language.folder().map_or_else(|| plugins.to_owned(), |folder| plugins.join(folder)).join(name)
}

/// Writes a new plugin called `name` into `folder`, which must not exist yet or be empty, and returns the files in the order in which they
/// were written. A crate refers to a folder with the SDK by a relative path; a plugin in C outside of that source tree gets
/// the header beside it.
///
/// # Errors
/// See [`ScaffoldError`]; nothing is ever overwritten.
pub fn scaffold(name: &str, folder: &Path, language: Language, sdk: &Sdk) -> Result<Vec<PathBuf>, ScaffoldError> {
    check(name)?;
    let sdk_folder = sdk.folder()?;
    let place = resolved(folder).unwrap_or_else(|| folder.to_owned());
    if let Some(sdk_folder) = &sdk_folder {
        check_place(name, folder, &place, language, sdk_folder)?;
    }
    let mut blanks =
        vec![("{{name}}", name.to_owned()), ("{{type}}", type_name(name)), ("{{module}}", module_name(name))];
    let mut template = match language {
        Language::Rust => {
            blanks.push(("{{sdk}}", sdk.dependency(&place, "sdk")?));
            blanks.push(("{{conformance}}", sdk.dependency(&place, "conformance")?));
            RUST.to_vec()
        }
        Language::C => C.to_vec(),
        Language::Python => PYTHON.to_vec(),
    };
    if language == Language::C {
        let headers = match sdk_folder.filter(|sdk| sdk.ancestors().nth(2).is_some_and(|root| place.starts_with(root)))
        {
            Some(sdk) => portable(&relative(&place, &sdk.join("include"))),
            None => {
                template.push(HEADER);
                ".".to_owned()
            }
        };
        blanks.push(("{{headers}}", headers));
    }
    let fill = |text: &str| blanks.iter().fold(text.to_owned(), |text, (blank, value)| text.replace(blank, value));
    let files: Vec<_> = template.iter().map(|(file, text)| (folder.join(fill(file)), fill(text))).collect();
    make_room(folder, &files)?;
    for (path, text) in &files {
        write_new(path, text).map_err(|source| {
            // Half a plugin would be in the way of everything else in its folder.
            let _ = fs::remove_dir_all(folder);
            ScaffoldError::Io { path: path.clone(), source }
        })?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// Refuses a folder with anything in it but what was left when a process died while it wrote the same plugin.
fn make_room(folder: &Path, files: &[(PathBuf, String)]) -> Result<(), ScaffoldError> {
    let trouble = |path: &Path, source| ScaffoldError::Io { path: path.to_owned(), source };
    let taken = || ScaffoldError::Exists { path: folder.to_owned() };
    match folder.symlink_metadata() {
        Ok(about) if about.is_dir() => {}
        Ok(_) => return Err(taken()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
        Err(error) => return Err(trouble(folder, error)),
    }
    let (mut left, mut complete) = (Vec::new(), 0);
    for path in below(folder).map_err(|error| trouble(folder, error))? {
        let text = fs::read_to_string(&path).map_err(|error| trouble(&path, error))?;
        let own = files.iter().find(|(own, _)| *own == path).map(|(_, whole)| whole);
        let whole = own.filter(|whole| whole.starts_with(&text)).ok_or_else(taken)?;
        complete += usize::from(*whole == text);
        left.push(path);
    }
    if complete == files.len() {
        return Err(taken());
    }
    left.iter().try_for_each(|path| fs::remove_file(path).map_err(|error| trouble(path, error)))
}

/// Every file in a folder and in those inside of it.
fn below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => files.extend(below(&entry.path())?),
            false => files.push(entry.path()),
        }
    }
    Ok(files)
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::File::create_new(path)?.write_all(text.as_bytes())
}

/// Inside the source tree of `sdk` a crate has to be a member of its workspace, which takes every folder in `plugins/` for a crate.
fn check_place(name: &str, folder: &Path, place: &Path, language: Language, sdk: &Path) -> Result<(), ScaffoldError> {
    let Some(plugins) = sdk.parent() else { return Ok(()) };
    let tree = plugins.parent().unwrap_or(plugins);
    let is_in_plugins = place.parent() == Some(plugins);
    let reason = match language {
        Language::Rust if place.starts_with(tree) && !is_in_plugins => {
            "a crate in this source tree has to be in its workspace"
        }
        Language::C | Language::Python if is_in_plugins => "the workspace takes every folder there for a crate",
        _ => return Ok(()),
    };
    Err(ScaffoldError::Place { path: folder.to_owned(), reason, better: default_folder(plugins, name, language) })
}

/// The absolute path of something that does not exist yet, without links as far as it exists.
fn resolved(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let existing = path.ancestors().find_map(|ancestor| Some((ancestor.canonicalize().ok()?, ancestor)));
    existing.and_then(|(real, ancestor)| Some(real.join(path.strip_prefix(ancestor).ok()?)))
}
