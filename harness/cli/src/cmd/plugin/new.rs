use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use flatbench_records::quoted_path;
use flatbench_runner::plugins::SourceTree;
use flatbench_scaffold::{Language, ScaffoldError, Sdk, default_folder, scaffold};

use crate::output::outln;
use crate::plugins;
use crate::program::Program;
use crate::status::Failure;

#[derive(Args)]
pub struct Arguments {
    /// Name of the optimizer: lower-case letters, digits and single dashes
    name: String,
    /// Folder to make [default: plugins/NAME of the source tree, plugins/c/NAME for C, plugins/python/NAME for Python; elsewhere ./NAME]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// What to write it in
    #[arg(long, value_enum, default_value_t = Lang::Rust)]
    lang: Lang,
    /// Where the crate flatbench-plugin is: the folder plugins/sdk of a clone, or the URL of flatbench's git repository
    /// [default: the source tree's]
    #[arg(long, value_name = "PATH|URL")]
    sdk: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    Rust,
    C,
    Python,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let tree = plugins::source_tree()?;
    let language = match arguments.lang {
        Lang::Rust => Language::Rust,
        Lang::C => Language::C,
        Lang::Python => Language::Python,
    };
    let sdk = match (&arguments.sdk, &tree) {
        (Some(text), _) if text.contains("://") || text.starts_with("git@") => Sdk::Git(text.clone()),
        (Some(path), _) => Sdk::Folder(path.into()),
        (None, Some(tree)) => Sdk::Folder(tree.plugins().join("sdk")),
        (None, None) => Sdk::Absent,
    };
    let folder = match (&arguments.dir, &tree) {
        (Some(folder), _) => folder.clone(),
        (None, Some(tree)) => default_folder(&tree.plugins(), &arguments.name, language),
        (None, None) => PathBuf::from(&arguments.name),
    };
    refuse_taken(tree.as_ref(), &arguments.name, &folder)?;
    let written = scaffold(&arguments.name, &folder, language, &sdk).map_err(|error| match error {
        ScaffoldError::Io { .. } => Failure::trouble(error),
        other => Failure::usage(other),
    })?;
    for file in &written {
        outln!("wrote {}", shown(file).display());
    }
    let is_found =
        tree.is_some_and(|tree| same_folder(folder.parent(), default_folder(&tree.plugins(), "x", language).parent()));
    let given = if is_found { String::new() } else { format!(" --plugin {}", quoted_path(&folder)) };
    let program = program();
    outln!("\nNext: put the idea into {}, then", shown(main_file(&written)).display());
    outln!("    {program} run quick --optimizer gd,{}{given}", arguments.name);
    outln!("    {program} plugin check {}", quoted_path(&folder));
    Ok(ExitCode::SUCCESS)
}

/// The file that the method is written in.
fn main_file(written: &[PathBuf]) -> &Path {
    let source = written
        .iter()
        .find(|file| file.extension().is_some_and(|ending| ["rs", "c", "py"].iter().any(|own| ending == *own)));
    source.map_or(Path::new(""), PathBuf::as_path)
}

fn same_folder(a: Option<&Path>, b: Option<&Path>) -> bool {
    let canonical = |folder: Option<&Path>| folder.and_then(|folder| folder.canonicalize().ok());
    canonical(a).is_some_and(|a| Some(a) == canonical(b))
}

/// Relative to the current folder where it is inside of it.
fn shown(path: &Path) -> &Path {
    std::env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path)
}

/// How this program was started.
fn program() -> &'static str {
    let by_cargo = std::env::var_os("CARGO_PKG_NAME").is_some_and(|name| name == env!("CARGO_PKG_NAME"));
    if by_cargo && !Program::own().is_interpreted() { "cargo run --release --" } else { "flatbench" }
}

/// A name that a plugin of the source tree has could be used beside none of them.
fn refuse_taken(tree: Option<&SourceTree>, name: &str, folder: &Path) -> Result<(), Failure> {
    let Some(tree) = tree else { return Ok(()) };
    for language in Language::ALL {
        let taken = default_folder(&tree.plugins(), name, language);
        if taken != folder && taken.is_dir() {
            return Err(Failure::usage(format!(
                "{} is called `{name}` already (choose another name; nothing was changed)",
                shown(&taken).display()
            )));
        }
    }
    Ok(())
}
