//! Plugins in C or C++: one or more files that are compiled together to a library.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flatbench_records::plain;

use super::build::{Artifact, Build};
use super::{PluginError, SourceTree};

/// Name of the header that a plugin in C includes.
const HEADER: &str = "flatbench_plugin.h";
/// Without contraction the results do not depend on whether the machine has a fused multiply-add.
const FLAGS: [&str; 4] = ["-O2", "-ffp-contract=off", "-shared", "-fPIC"];
/// Characters of a compiler's output that are shown.
const SHOWN: usize = 4000;

/// The sources of one plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CPlugin {
    /// As the user knows it: the folder, or the file.
    source: PathBuf,
    folder: PathBuf,
    files: Vec<PathBuf>,
}

impl CPlugin {
    /// The plugin in a file, or in a folder with such files and no `Cargo.toml`.
    pub(super) fn at(path: &Path) -> Option<Self> {
        if path.is_file() {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let files = vec![path.to_owned()];
            return language(path).is_some().then(|| CPlugin {
                source: path.to_owned(),
                folder: folder.to_owned(),
                files,
            });
        }
        if path.join("Cargo.toml").is_file() {
            return None;
        }
        let mut files: Vec<_> = std::fs::read_dir(path)
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| language(path).is_some())
            .collect();
        files.sort();
        (!files.is_empty()).then(|| CPlugin { source: path.to_owned(), folder: path.to_owned(), files })
    }

    /// The plugins in the folders directly inside a folder, by name.
    pub(super) fn inside(folder: &Path) -> Vec<Self> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut folders: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        folders.sort();
        folders.iter().filter_map(|folder| CPlugin::at(folder)).collect()
    }

    /// Compiles to `target/NAME.so` beside the sources, NAME being that of the folder or file.
    ///
    /// The header is looked for beside the sources, then in the source tree. Always compiles: it takes a moment, and a library that is
    /// older than anything it was made from cannot be had.
    pub(super) fn build(&self, build: Build, tree: Option<&SourceTree>) -> Result<Artifact, PluginError> {
        let unreadable = |reason| PluginError::Unreadable { library: self.source.clone(), reason };
        let source = self.source.canonicalize().map_err(unreadable)?;
        let name = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let target = self.folder.join("target");
        let library = target.join(format!("{name}{}", std::env::consts::DLL_SUFFIX));
        let artifact = Artifact { library: library.clone(), source };
        if build.no_build {
            return if library.is_file() { Ok(artifact) } else { Err(PluginError::NotBuilt(library)) };
        }
        std::fs::create_dir_all(&target).map_err(unreadable)?;
        // Another process may be loading the library, so it is replaced as a whole.
        let fresh = target.join(format!(".{name}-{}", std::process::id()));
        let compiled = self.compile(&fresh, build, tree);
        match compiled {
            Ok(()) => std::fs::rename(&fresh, &library).map_err(unreadable)?,
            // What a failed compiler left behind is of no use to anyone.
            Err(_) => drop(std::fs::remove_file(&fresh)),
        }
        compiled.map(|()| artifact)
    }

    fn compile(&self, library: &Path, build: Build, tree: Option<&SourceTree>) -> Result<(), PluginError> {
        let languages: BTreeSet<_> = self.files.iter().filter_map(|file| language(file)).collect();
        let (variable, usual) = if languages.contains(CPP) { ("CXX", "c++") } else { ("CC", "cc") };
        let words = std::env::var(variable).unwrap_or_default();
        let mut words = words.split_whitespace();
        let compiler = words.next().unwrap_or(usual).to_owned();
        let mut command = Command::new(&compiler);
        command.args(words).args(FLAGS).arg("-I").arg(&self.folder);
        if let Some(tree) = tree {
            command.arg("-I").arg(tree.headers());
        }
        command.arg("-o").arg(library).stdin(Stdio::null());
        for file in &self.files {
            // A C++ compiler takes C for C++ unless it is told.
            command.args(["-x", language(file).unwrap_or(C)]).arg(file);
        }
        let output = command.args(["-x", "none", "-lm"]).output().map_err(|reason| PluginError::NoCompiler {
            variable,
            compiler: compiler.clone(),
            plugin: self.source.clone(),
            reason,
        })?;
        let text = String::from_utf8_lossy(&output.stderr);
        let text = text.trim_end();
        if output.status.success() {
            if !build.quiet && !text.is_empty() {
                // Where nobody listens there is nobody to warn.
                let _ = writeln!(std::io::stderr(), "{}", plain(text));
            }
            return Ok(());
        }
        let remedy = match text.contains(HEADER) && text.contains("No such file") {
            true => "put plugins/sdk/include/flatbench_plugin.h beside it",
            false => "correct what the compiler names below",
        };
        let text = text.chars().take(SHOWN).collect();
        Err(PluginError::NotCompiled { plugin: self.source.clone(), compiler, remedy, text })
    }
}

/// The languages as compilers name them.
const C: &str = "c";
const CPP: &str = "c++";

/// What a file is written in, by its name; `None` for what is no source.
fn language(path: &Path) -> Option<&'static str> {
    let language = match path.extension()?.to_str()? {
        "c" => C,
        "cc" | "cpp" | "cxx" => CPP,
        _ => return None,
    };
    path.is_file().then_some(language)
}
