use std::fs;
use std::path::{Path, PathBuf};

use flatbench_records::FamilyDescription;
use flatbench_records::directory::{Beside, own_folder, place};

use crate::{Error, Gallery, Input, Rendered, read_beside, render};

/// What is being done, for a display of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Records and trajectories are read.
    Reading {
        /// Run directories.
        directories: usize,
    },
    /// Figures are drawn and the page is filled.
    Drawing {
        /// Runs that the report is about.
        runs: usize,
    },
    /// Files are written.
    Writing {
        /// Figures among them.
        figures: usize,
    },
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Step::Reading { directories: 1 } => write!(f, "reading records"),
            Step::Reading { directories } => write!(f, "reading the records of {directories} directories"),
            Step::Drawing { runs } => write!(f, "drawing {runs} runs"),
            Step::Writing { figures } => write!(f, "writing the page and {figures} figures"),
        }
    }
}

/// Writes `index.html` and `figures/*.svg` of the run directory `dir` into it and returns the path of the page. `families` is
/// the catalogue, and runs of the directories `beside` it are drawn and compared as far as they pair.
///
/// # Errors
/// No `records.jsonl`, none but records of a newer format, or a file that cannot be read or written.
pub fn write(dir: &Path, beside: &[Beside], families: &[FamilyDescription]) -> Result<PathBuf, Error> {
    write_telling(dir, beside, families, &mut |_| ())
}

/// [`write()`] that hands on what is drawn before anything of it is written.
///
/// # Errors
/// As [`write()`].
pub fn write_telling(
    dir: &Path,
    beside: &[Beside],
    families: &[FamilyDescription],
    told: &mut dyn FnMut(&Rendered),
) -> Result<PathBuf, Error> {
    let input = taken(&[dir.to_owned()], beside, dir, Naming::Absolute, families)?;
    let rendered = render(&input);
    told(&rendered);
    save(&rendered, dir)
}

/// How commands on a page name its run directories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// By their absolute paths: the commands work in every folder, on this machine.
    Absolute,
    /// As `.` where the page lies in the run directory: they work in that folder, wherever it is moved or published.
    Here,
}

/// Writes one report of several run directories into `out`, telling `progress` what it does, and returns the path of the
/// page.
///
/// # Errors
/// As [`write()`], and if there is no directory.
pub fn write_joined(
    directories: &[PathBuf],
    beside: &[Beside],
    out: &Path,
    naming: Naming,
    families: &[FamilyDescription],
    progress: &mut dyn FnMut(Step),
) -> Result<PathBuf, Error> {
    progress(Step::Reading { directories: directories.len() });
    let input = taken(directories, beside, out, naming, families)?;
    progress(Step::Drawing { runs: input.sources.iter().map(|s| s.records.len()).sum() });
    let rendered = render(&input);
    progress(Step::Writing { figures: rendered.figures.len() });
    save(&rendered, out)
}

/// What the report in `out` is made from.
fn taken(
    directories: &[PathBuf],
    beside: &[Beside],
    out: &Path,
    naming: Naming,
    families: &[FamilyDescription],
) -> Result<Input, Error> {
    let absolute = |d: &PathBuf| std::path::absolute(d).unwrap_or_else(|_| d.clone()).display().to_string();
    let name = |d: &PathBuf| if naming == Naming::Here && d == out { ".".to_owned() } else { absolute(d) };
    let names: Vec<String> = directories.iter().map(name).collect();
    let pairs: Vec<(&Path, &str)> =
        directories.iter().map(PathBuf::as_path).zip(names.iter().map(String::as_str)).collect();
    read_beside(&pairs, beside, families)
}

fn save(rendered: &Rendered, out: &Path) -> Result<PathBuf, Error> {
    let folder = out.join("figures");
    let made = fs::create_dir_all(out).and_then(|()| own_folder(&folder));
    made.map_err(|source| Error::Write { path: folder.clone(), source })?;
    remove_old(&folder)?;
    for (name, svg) in &rendered.figures {
        put(&folder.join(name), svg)?;
    }
    let page = out.join("index.html");
    put(&page, &rendered.html)?;
    Ok(page)
}

/// Writes a gallery into `out`, and returns the path of its page. Other figures there stay.
///
/// # Errors
/// Where something cannot be written.
pub fn write_gallery(gallery: &Gallery, out: &Path) -> Result<PathBuf, Error> {
    let folder = out.join("figures");
    let made = fs::create_dir_all(out).and_then(|()| own_folder(&folder));
    made.map_err(|source| Error::Write { path: folder.clone(), source })?;
    for (name, svg) in &gallery.figures {
        put(&folder.join(name), svg)?;
    }
    let page = out.join("gallery.html");
    put(&page, &gallery.html)?;
    Ok(page)
}

/// Figures of an earlier report would be taken for figures of this one.
fn remove_old(folder: &Path) -> Result<(), Error> {
    let error = |source| Error::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(error)? {
        let path = entry.map_err(error)?.path();
        if path.extension().is_some_and(|e| e == "svg") {
            fs::remove_file(&path).map_err(|source| Error::Write { path, source })?;
        }
    }
    Ok(())
}

/// In one step, so that a reader never sees half a page.
fn put(path: &Path, text: &str) -> Result<(), Error> {
    place(path, text.as_bytes()).map_err(|source| Error::Write { path: path.to_owned(), source })
}
