use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::contents::Contents;
use super::{DataError, Keys, LARGEST, Source, npy};

/// Reads one array of an archive of them: the only one, or the one that a key names.
pub(super) fn read(source: &Source, keys: &Keys) -> Result<Contents, DataError> {
    let broken = |error: zip::result::ZipError| source.unreadable(format!("the archive: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(source.bytes.as_slice())).map_err(broken)?;
    let names = archive.file_names().collect::<Result<Vec<_>, _>>().map_err(broken)?;
    let arrays: Vec<String> = names.iter().filter_map(|name| name.strip_suffix(".npy")).map(str::to_owned).collect();
    let chosen = match (&keys.array, arrays.as_slice()) {
        (Some(wanted), all) => all.iter().find(|name| *name == wanted),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let Some(chosen) = chosen else { return Err(choice(source, keys.array.as_deref(), &arrays)) };
    let mut bytes = Vec::new();
    let member = archive.by_name(&format!("{chosen}.npy")).map_err(broken)?;
    let limit = LARGEST as u64 * 8 + (1 << 20);
    member.take(limit).read_to_end(&mut bytes).map_err(|error| source.unreadable(format!("the archive: {error}")))?;
    npy::array(source, &bytes, keys, &format!("NumPy archive, array `{chosen}`"))
}

fn choice(source: &Source, wanted: Option<&str>, arrays: &[String]) -> DataError {
    let path = source.path.clone();
    let has = |name: &str| arrays.iter().any(|array| array == name);
    if has("indptr") && has("indices") {
        return source.unreadable("it holds a sparse matrix of SciPy (write it by scipy.io.mmwrite, or densely)");
    }
    if arrays.is_empty() {
        return source.unreadable("the archive holds no arrays");
    }
    let reason = match wanted {
        Some(wanted) => format!("is {wanted:?}, which the archive does not hold (it holds {})", arrays.join(", ")),
        None => format!("has to choose one of the arrays in the archive: {}", arrays.join(", ")),
    };
    DataError::Key { path, key: "array", reason }
}
