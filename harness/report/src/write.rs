use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, Input, read, render};

/// Writes `index.html` and `figures/*.svg` of the run directory `dir` into it and returns the path of the page.
///
/// # Errors
/// No `records.jsonl`, none but records of a newer format, or a file that cannot be read or written.
pub fn write(dir: &Path) -> Result<PathBuf, Error> {
    // The page lies in the directory: commands in it name the directory they are typed in, wherever it was moved.
    save(&read(&[(dir, ".")])?, dir)
}

/// Writes one report of several run directories into `out`, and returns the path of the page.
///
/// # Errors
/// As [`write()`], and if there is no directory.
pub fn write_joined(directories: &[PathBuf], out: &Path) -> Result<PathBuf, Error> {
    let names: Vec<String> = directories.iter().map(|d| d.display().to_string()).collect();
    let pairs: Vec<(&Path, &str)> =
        directories.iter().map(PathBuf::as_path).zip(names.iter().map(String::as_str)).collect();
    save(&read(&pairs)?, out)
}

fn save(input: &Input, out: &Path) -> Result<PathBuf, Error> {
    let rendered = render(input);
    let folder = out.join("figures");
    fs::create_dir_all(&folder).map_err(|source| Error::Write { path: folder.clone(), source })?;
    remove_old(&folder)?;
    for (name, svg) in &rendered.figures {
        put(&folder.join(name), svg)?;
    }
    let page = out.join("index.html");
    put(&page, &rendered.html)?;
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

/// Under another name first, so that a reader never sees half a page.
fn put(path: &Path, text: &str) -> Result<(), Error> {
    let partial = path.with_extension("partial");
    fs::write(&partial, text)
        .and_then(|()| fs::rename(&partial, path))
        .map_err(|source| Error::Write { path: path.to_owned(), source })
}
