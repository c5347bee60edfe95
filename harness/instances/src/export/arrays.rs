use std::path::{Path, PathBuf};

use flatbench_problems::Block;
use ndarray::{Array, Array1, Array2, ArrayView2, Dimension};
use ndarray_npy::{WritableElement, write_npy};
use serde_json::{Value, json};

use super::ExportError;

/// File with the description of the others.
const DESCRIPTION: &str = "instance.json";

/// Its name while they are written.
const UNFINISHED: &str = ".unfinished-instance.json";

/// The `.npy` files of a folder, with a line of description for each.
pub(super) struct Arrays {
    folder: PathBuf,
    described: Vec<Value>,
}

impl Arrays {
    /// Takes an empty or new folder, or one that an instance was exported to before, whole or in part.
    ///
    /// Until all files are there, the description has another name: nobody takes a part for the whole, and it tells the next
    /// export that the folder is its own.
    pub(super) fn new(folder: &Path) -> Result<Self, ExportError> {
        std::fs::create_dir_all(folder).map_err(ExportError::write(folder))?;
        let (description, unfinished) = (folder.join(DESCRIPTION), folder.join(UNFINISHED));
        let is_there = |path: &Path| path.try_exists().map_err(ExportError::write(path));
        if is_there(&description)? {
            std::fs::rename(&description, &unfinished).map_err(ExportError::write(&description))?;
        } else if !is_there(&unfinished)? {
            let mut entries = std::fs::read_dir(folder).map_err(ExportError::write(folder))?;
            if let Some(entry) = entries.next() {
                entry.map_err(ExportError::write(folder))?;
                return Err(ExportError::Foreign(folder.to_owned()));
            }
            std::fs::write(&unfinished, "").map_err(ExportError::write(&unfinished))?;
        }
        Ok(Arrays { folder: folder.to_owned(), described: Vec::new() })
    }

    /// Writes `NAME.npy` and returns that file name.
    pub(super) fn write<T, D>(&mut self, name: &str, what: &str, array: &Array<T, D>) -> Result<String, ExportError>
    where
        T: WritableElement,
        D: Dimension,
    {
        let file = format!("{name}.npy");
        let path = self.folder.join(&file);
        write_npy(&path, array)
            .map_err(|error| ExportError::Write { path: path.clone(), reason: error.to_string() })?;
        self.described.push(json!({ "file": file, "shape": array.shape(), "what": what }));
        Ok(file)
    }

    /// [`Arrays::write`] for a list of numbers.
    pub(super) fn list(&mut self, name: &str, what: &str, numbers: &[f64]) -> Result<String, ExportError> {
        self.write(name, what, &Array1::from_vec(numbers.to_vec()))
    }

    /// [`Arrays::write`] for a matrix that may be a view of anything.
    pub(super) fn matrix(&mut self, name: &str, what: &str, x: ArrayView2<'_, f64>) -> Result<String, ExportError> {
        self.write(name, what, &x.as_standard_layout().into_owned())
    }

    /// Writes a vector of the length of w, one file `NAME_BLOCK.npy` per factor, and returns the file names by block.
    pub(super) fn blocks(&mut self, name: &str, what: &str, blocks: &[Block], w: &[f64]) -> Result<Value, ExportError> {
        let mut files = serde_json::Map::new();
        for block in blocks {
            let entries = w[block.offset..][..block.len()].to_vec();
            #[expect(clippy::expect_used, reason = "the problem cuts w into its blocks")]
            let factor =
                Array2::from_shape_vec((block.rows, block.cols), entries).expect("a block has rows × cols entries");
            let file =
                self.write(&format!("{name}_{}", block.name), &format!("{what}, factor {}", block.name), &factor)?;
            files.insert(block.name.clone(), file.into());
        }
        Ok(Value::Object(files))
    }

    /// Writes `instance.json`: `about`, and the list of files as its last entry.
    pub(super) fn finish(self, mut about: serde_json::Map<String, Value>) -> Result<PathBuf, ExportError> {
        about.insert("files".to_owned(), Value::Array(self.described));
        let (path, unfinished) = (self.folder.join(DESCRIPTION), self.folder.join(UNFINISHED));
        #[expect(clippy::expect_used, reason = "plain data, whose maps have text for keys: JSON can say all of it")]
        let mut bytes = serde_json::to_vec_pretty(&about).expect("text and finite numbers have a JSON form");
        bytes.push(b'\n');
        let written = std::fs::write(&unfinished, bytes).and_then(|()| std::fs::rename(&unfinished, &path));
        written.map_err(ExportError::write(&path))?;
        Ok(path)
    }
}
