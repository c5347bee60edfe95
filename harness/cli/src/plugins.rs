//! Where plugins come from: options shared by the commands that need them.

use std::path::{Path, PathBuf};

use clap::Args;
use flatbench_records::quoted_path;
use flatbench_runner::plugins::{Collection, Describer, PluginError, Request, SourceTree, collect};

use crate::output::{line, tell};
use crate::program::Program;
use crate::status::Failure;

/// Options about plugins.
#[derive(Args, Clone)]
pub struct PluginArguments {
    /// Use this plugin too: a library, a plugin crate, a C, C++ or Python file, a folder with such files, or a folder of those
    /// (repeatable)
    #[arg(long = "plugin", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Do not build plugins: take the libraries that are there
    #[arg(long)]
    pub no_build: bool,
    /// Use exactly the libraries of this folder, which its list (flatbench-libraries.json) has to know: no source tree is looked for,
    /// and nothing is built
    #[arg(long, value_name = "DIR", conflicts_with = "paths")]
    pub libraries: Option<PathBuf>,
}

impl PluginArguments {
    /// Exactly the libraries of a folder.
    pub fn of_libraries(folder: PathBuf) -> Self {
        PluginArguments { paths: Vec::new(), no_build: true, libraries: Some(folder) }
    }

    /// The plugins that were given, as options of a command that works in every folder, each after a space.
    pub fn options(&self) -> String {
        let libraries = self.libraries.iter().map(|folder| format!(" --libraries {}", quoted_path(folder)));
        let paths = self.paths.iter().map(|path| format!(" --plugin {}", quoted_path(path)));
        libraries.chain(paths).collect()
    }

    /// The source tree whose plugins are meant, if any.
    pub fn source_tree(&self) -> Result<Option<SourceTree>, Failure> {
        if self.libraries.is_some() { Ok(None) } else { source_tree() }
    }
}

/// The source tree around the current folder, or the one this binary was built in, unless it was installed elsewhere.
pub fn source_tree() -> Result<Option<SourceTree>, Failure> {
    let here = std::env::current_dir()
        .map_err(|error| Failure::trouble(anyhow::anyhow!("cannot find the current folder: {error}")))?;
    let built_in = (!Program::own().is_installed()).then_some(Path::new(env!("CARGO_MANIFEST_DIR")));
    SourceTree::find(&here, built_in).map_err(Failure::usage)
}

/// Builds and describes the plugins.
pub fn look(arguments: &PluginArguments, tree: Option<&SourceTree>, quiet: bool) -> Result<Collection, Failure> {
    let own = Program::own();
    let describer = Describer { programs: own.programs()?.with(&["__worker".into(), "describe".into()]) };
    let request = Request {
        tree,
        installed: own.plugins(),
        libraries: arguments.libraries.as_deref(),
        paths: &arguments.paths,
        no_build: arguments.no_build,
        quiet,
        describer: &describer,
        interpreter: &own.interpreter()?,
    };
    Ok(collect(&request))
}

/// The same, where one that was given by its path and cannot be used is an error. What else cannot be used is left out, and
/// [`warn`] names it.
pub fn find(arguments: &PluginArguments, tree: Option<&SourceTree>, quiet: bool) -> Result<Collection, Failure> {
    let collection = look(arguments, tree, quiet)?;
    if collection.refused.is_empty() {
        Ok(collection)
    } else {
        Err(asked_for(&collection, Failure::Usage(String::new())))
    }
}

/// Names on standard error what was left out.
pub fn warn(collection: &Collection) {
    tell(&text("warning", &collection.left_out));
}

/// An error that may come of what cannot be used, which stands before it.
pub fn asked_for(collection: &Collection, failure: Failure) -> Failure {
    let problems = || text("warning", &collection.left_out) + &text("error", &collection.refused);
    match failure {
        Failure::Usage(said) => Failure::Usage(problems() + &said),
        other => other,
    }
}

/// One line per problem, and what belongs below it.
fn text(what: &str, problems: &[PluginError]) -> String {
    problems.iter().map(|problem| line(format_args!("{what}: {problem}"))).collect()
}
