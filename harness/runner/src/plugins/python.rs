//! Plugins in Python: a file is imported by an interpreter, which makes a parcel of each optimizer that it defines.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use flatbench_records::PARCEL;
use serde::Deserialize;

use super::PluginError;
use super::build::{Artifact, Build, Built};
use super::child::{Child, End};
use super::interpreter::{IMPORT, Interpreter};
use super::listing::{record, verify};
use super::look::{entries, is_dir, is_file};

/// Characters of a traceback that are shown.
const SHOWN: usize = 8000;

/// A file in Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PythonPlugin {
    file: PathBuf,
    /// Whether it was named itself, so that it has to define an optimizer.
    named: bool,
}

/// What the interpreter answers.
#[derive(Debug, Deserialize)]
struct Answer {
    parcels: Vec<Parcel>,
    /// Why something in the file that looks like an optimizer is none.
    #[serde(default)]
    problems: Vec<String>,
    /// Whether nothing in it does, which is then the only problem.
    #[serde(default)]
    empty: bool,
}

#[derive(Debug, Deserialize)]
struct Parcel {
    path: PathBuf,
}

impl PythonPlugin {
    /// The plugin in a file.
    pub(super) fn at(path: &Path) -> Result<Option<Self>, PluginError> {
        Ok((is_python(path) && is_file(path)?).then(|| PythonPlugin { file: path.to_owned(), named: true }))
    }

    /// What may be plugins among the files directly inside a folder, which may be a package: those that name flatbench somewhere.
    /// Others are no plugins, and are not imported: a script does what it does as soon as it is. So are tests, and files whose name
    /// begins with `_` other than `__init__.py`.
    pub(super) fn inside(folder: &Path) -> Result<Vec<Self>, PluginError> {
        let mut plugins = Vec::new();
        for file in entries(folder)? {
            if is_python(&file) && is_public(&file) && is_file(&file)? {
                let text =
                    std::fs::read(&file).map_err(|reason| PluginError::Unreadable { library: file.clone(), reason })?;
                if text.windows(NAME.len()).any(|word| word == NAME) {
                    plugins.push(PythonPlugin { file, named: false });
                }
            }
        }
        Ok(plugins)
    }

    /// The plugins in the folders directly inside a folder, by name; hidden ones may hold anything.
    pub(super) fn below(folder: &Path) -> Result<Vec<Self>, PluginError> {
        let mut plugins = Vec::new();
        for path in entries(folder)? {
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if !hidden && is_dir(&path)? {
                plugins.extend(PythonPlugin::inside(&path)?);
            }
        }
        Ok(plugins)
    }

    /// Makes the parcels of its optimizers, in the folder `target/NAME` beside the file, NAME being the file's without its ending:
    /// two files may define optimizers of one name, which is for others to refuse. What the file no longer defines is removed there.
    pub(super) fn build(&self, build: Build<'_>) -> Built {
        let mut built = Built::default();
        built.join(self.parcels(build));
        built
    }

    fn parcels(&self, build: Build<'_>) -> Result<Built, PluginError> {
        let unreadable = |reason| PluginError::Unreadable { library: self.file.clone(), reason };
        let source = self.file.canonicalize().map_err(unreadable)?;
        let stem = source.with_extension("");
        let folder = stem.with_file_name("target");
        let target = folder.join(stem.file_name().unwrap_or_default());
        let mut built = Built::default();
        if build.no_build {
            for library in entries(&target)?.into_iter().filter(|path| path.extension() == Some(OsStr::new(PARCEL))) {
                built.add(verify(&folder, &library).map(|()| Artifact { library, source: source.clone() }));
            }
            if built.artifacts.is_empty() && built.problems.is_empty() && self.named {
                return Err(PluginError::NotBuilt(target.join(format!("*.{PARCEL}"))));
            }
            return Ok(built);
        }
        let answer = self.ask(build.interpreter, &source, &target)?;
        if answer.empty && !self.named {
            return Ok(built);
        }
        let defect = |reason| PluginError::Unusable { library: self.file.clone(), reason };
        built.problems.extend(answer.problems.into_iter().map(|reason| {
            // The interpreter may name the file, which the error does too.
            let named = format!("{}: ", source.display());
            defect(reason.strip_prefix(&named).map_or(reason.clone(), str::to_owned))
        }));
        for parcel in answer.parcels {
            built.add(Ok(Artifact { library: target.join(parcel.path), source: source.clone() }));
        }
        if !built.artifacts.is_empty() {
            built.problems.extend(record(&folder, &built.artifacts).err());
        }
        Ok(built)
    }

    /// Has the file imported.
    fn ask(&self, interpreter: &Interpreter, source: &Path, target: &Path) -> Result<Answer, PluginError> {
        let arguments = [OsStr::new("__parcel"), source.as_os_str(), OsStr::new("--out"), target.as_os_str()];
        let child = interpreter.run(&arguments, &self.file)?;
        let unusable = |reason: String| PluginError::Unusable { library: self.file.clone(), reason };
        match &child.end {
            // A module may print where nobody should; the answer is the last line.
            End::Status(0) => match child.stdout.lines().last().map(serde_json::from_str) {
                Some(Ok(answer)) => Ok(answer),
                None if child.stdout.is_empty() => {
                    Err(unusable("it ended the process that imported it (it must not call os._exit)".to_owned()))
                }
                _ => Err(unusable("what the package flatbench says of it cannot be read (install it anew)".to_owned())),
            },
            End::TimedOut => Err(unusable(format!(
                "importing it took longer than {} s (does it run something when it is imported? put that under `if __name__ == \
                 \"__main__\":`)",
                IMPORT.as_secs()
            ))),
            End::Status(_) => Err(self.not_imported(&child, child.last_words())),
            End::Died(death) => {
                let reason = format!("the interpreter was {death}");
                Err(self.not_imported(&child, reason))
            }
        }
    }

    fn not_imported(&self, child: &Child, reason: String) -> PluginError {
        let reason = if reason.is_empty() { "no reason given".to_owned() } else { reason };
        let text = child.stderr.trim_end();
        let skipped = text.char_indices().rev().nth(SHOWN).map_or(0, |(place, _)| place);
        PluginError::NotImported { plugin: self.file.clone(), reason, text: text[skipped..].to_owned() }
    }
}

/// The word that a file of a folder has in it if it is a plugin.
const NAME: &[u8] = b"flatbench";

fn is_python(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("py"))
}

/// Whether a file may be meant for others than the files beside it.
fn is_public(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let is_test = stem.starts_with("test_") || stem.ends_with("_test") || ["conftest", "setup"].contains(&&*stem);
    stem == "__init__" || !(stem.starts_with('_') || is_test)
}
