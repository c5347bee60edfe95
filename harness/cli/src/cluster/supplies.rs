use std::path::{Path, PathBuf};

use flatbench_records::{Environment, Runtime};
use flatbench_runner::plugins::{Plugin, Shelf, digest};
use flatbench_runner::suite::Suite;
use rustix::fs::{StatVfsMountFlags, statvfs};

use super::{Layout, Submission, damaged};
use crate::program::Program;
use crate::status::Failure;

/// What jobs need on machines that have nothing but the folder of the submission: suite, data, libraries and the program, copied there.
pub struct Supplies {
    /// How flatbench is started in the folder, as words of a command line.
    pub program: Vec<String>,
    /// Variables that have to be set for it.
    pub variables: Vec<(&'static str, String)>,
}

impl Supplies {
    /// What is used of a folder, without putting anything there.
    pub fn of(layout: &Layout, plugins: &[&Plugin]) -> Result<Self, Failure> {
        let own = Program::own();
        if !can_execute(layout.root()) {
            let root = layout.root().display();
            return Err(Failure::usage(format!(
                "{root} is on a file system that is mounted noexec, from which no library can be loaded: choose another folder with --out"
            )));
        }
        let program = match own.words() {
            Some(words) => words?,
            None => vec!["./cluster/flatbench".to_owned()],
        };
        let needs_python = plugins.iter().any(|plugin| Runtime::of(&plugin.library) == Runtime::Python);
        let variables = match own.foreign_interpreter()? {
            Some((name, value)) if needs_python => vec![(name, value)],
            _ => Vec::new(),
        };
        Ok(Supplies { program, variables })
    }

    /// Makes sure that what is there is what was submitted; libraries are looked at where they are used.
    pub fn verify(layout: &Layout, submission: &Submission) -> Result<(), Failure> {
        let file = layout.program();
        let found = submission.program.as_ref().map(|_| digest(&file)).transpose();
        match found {
            Ok(found) if found == submission.program => Ok(()),
            Ok(_) => Err(damaged(layout, format_args!("{} is another program", file.display()))),
            Err(error) => Err(damaged(layout, format_args!("cannot read {}: {error}", file.display()))),
        }
    }

    /// Puts it there; returns the digest of the program, if that is copied.
    pub fn lay_in(
        &self,
        layout: &Layout,
        suite: &Suite,
        plugins: &[&Plugin],
        environment: &Environment,
    ) -> Result<Option<String>, Failure> {
        for folder in [layout.cluster(), layout.output(), layout.parts()] {
            std::fs::create_dir_all(&folder).map_err(trouble("make", &folder))?;
        }
        Shelf::write(&layout.libraries(), plugins, environment).map_err(Failure::trouble)?;
        let (text, copies) = suite_with_copies(layout, suite)?;
        for (file, copy) in copies {
            let folder = copy.parent().unwrap_or(&copy);
            std::fs::create_dir_all(folder).map_err(trouble("make", folder))?;
            std::fs::copy(&file, &copy).map_err(trouble("copy the data file to", &copy))?;
        }
        write(&layout.suite(), &text)?;
        if Program::own().words().is_some() {
            return Ok(None);
        }
        let program = layout.program();
        // Written beside and renamed: jobs may be running the one that is there.
        let unfinished = program.with_file_name(".unfinished-flatbench");
        std::fs::copy("/proc/self/exe", &unfinished)
            .and_then(|_| std::fs::rename(&unfinished, &program))
            .and_then(|()| digest(&program))
            .map(Some)
            .map_err(trouble("copy the program to", &program))
    }
}

/// The text of a suite that names copies of its data files, and each of these files with the place of its copy.
pub fn suite_with_copies(layout: &Layout, suite: &Suite) -> Result<(String, Vec<(PathBuf, PathBuf)>), Failure> {
    let mut table: toml::Table = suite.to_toml().parse().map_err(Failure::trouble)?;
    let mut copies = Vec::new();
    let cases = table.get_mut("case").and_then(toml::Value::as_array_mut);
    for (case, declared) in suite.cases().iter().zip(cases.into_iter().flatten()) {
        let Some(data) = case.data_file(suite.data_root()) else { continue };
        let copy = layout.data().join(&data.hash).join(data.path.file_name().unwrap_or_default());
        // From the folder of the suite, which may be moved.
        let inside = copy.strip_prefix(layout.cluster()).unwrap_or(&copy).to_string_lossy().into_owned();
        for (_, value) in declared.as_table_mut().into_iter().flatten() {
            if value.as_str().is_some_and(|text| suite.data_root().join(text) == data.path) {
                *value = toml::Value::String(inside.clone());
            }
        }
        copies.push((data.path, copy));
    }
    let body = toml::to_string(&table).map_err(Failure::trouble)?;
    Ok((format!("# The suite as it was submitted, every default filled in. Written by flatbench.\n{body}"), copies))
}

/// Whether programs can be started in a folder, or in the one it will be made in.
fn can_execute(folder: &Path) -> bool {
    let there = folder.ancestors().find(|folder| folder.exists());
    there.is_none_or(|there| statvfs(there).map_or(true, |system| !system.f_flag.contains(StatVfsMountFlags::NOEXEC)))
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    flatbench_records::directory::place(file, text.as_bytes()).map_err(trouble("write", file))
}

fn trouble(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path: PathBuf = path.to_owned();
    move |error| Failure::trouble(anyhow::anyhow!("cannot {what} {}: {error}", path.display()))
}
