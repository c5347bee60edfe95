//! Plugins in C or C++: one or more files that are compiled together to a library.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flatbench_records::plain;

use super::build::{Artifact, Build};
use super::child::output;
use super::listing::{record, verify};
use super::look::{entries, is_dir, is_file};
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
    pub(super) fn at(path: &Path) -> Result<Option<Self>, PluginError> {
        let plugin = |folder: &Path, files| CPlugin { source: path.to_owned(), folder: folder.to_owned(), files };
        if is_file(path)? {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            return Ok(language(path)?.map(|_| plugin(folder, vec![path.to_owned()])));
        }
        if is_file(&path.join("Cargo.toml"))? {
            return Ok(None);
        }
        let mut files = Vec::new();
        for file in entries(path)? {
            if language(&file)?.is_some() {
                files.push(file);
            }
        }
        Ok((!files.is_empty()).then(|| plugin(path, files)))
    }

    /// The plugins in the folders directly inside a folder, by name.
    pub(super) fn inside(folder: &Path) -> Result<Vec<Self>, PluginError> {
        let mut plugins = Vec::new();
        for path in entries(folder)? {
            if is_dir(&path)? {
                plugins.extend(CPlugin::at(&path)?);
            }
        }
        Ok(plugins)
    }

    /// Compiles to `target/NAME.so` beside the sources, NAME being that of the folder or file.
    ///
    /// The header is looked for beside the sources, then in the source tree. Always compiles: it takes a moment, and a library that is
    /// older than anything it was made from cannot be had.
    pub(super) fn build(&self, build: Build<'_>, tree: Option<&SourceTree>) -> Result<Artifact, PluginError> {
        let unreadable = |reason| PluginError::Unreadable { library: self.source.clone(), reason };
        let source = self.source.canonicalize().map_err(unreadable)?;
        let name = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let target = self.folder.join("target");
        let library = target.join(format!("{name}{}", std::env::consts::DLL_SUFFIX));
        let artifact = Artifact { library: library.clone(), source };
        if build.no_build {
            if !is_file(&library)? {
                return Err(PluginError::NotBuilt(library));
            }
            verify(&target, &library)?;
            return Ok(artifact);
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
        compiled?;
        record(&target, std::slice::from_ref(&artifact))?;
        Ok(artifact)
    }

    fn compile(&self, library: &Path, build: Build<'_>, tree: Option<&SourceTree>) -> Result<(), PluginError> {
        let languages = self.files.iter().map(|file| language(file)).collect::<Result<Vec<_>, _>>()?;
        let languages: BTreeSet<_> = languages.into_iter().flatten().collect();
        let (variable, usual) = if languages.contains(CPP) { ("CXX", "c++") } else { ("CC", "cc") };
        let words = std::env::var(variable).unwrap_or_default();
        let mut words = words.split_whitespace();
        let compiler = words.next().unwrap_or(usual).to_owned();
        let mut command = Command::new(&compiler);
        command.args(words).args(FLAGS).arg("-I").arg(&self.folder);
        if let Some(tree) = tree {
            command.arg("-I").arg(tree.headers());
        }
        command.arg("-o").arg(library);
        for file in &self.files {
            // A C++ compiler takes C for C++ unless it is told.
            command.args(["-x", language(file)?.unwrap_or(C)]).arg(file);
        }
        let output = output(command.args(["-x", "none", "-lm"])).map_err(|reason| PluginError::NoCompiler {
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
fn language(path: &Path) -> Result<Option<&'static str>, PluginError> {
    let language = match path.extension().and_then(|extension| extension.to_str()) {
        Some("c") => C,
        Some("cc" | "cpp" | "cxx") => CPP,
        _ => return Ok(None),
    };
    Ok(is_file(path)?.then_some(language))
}
