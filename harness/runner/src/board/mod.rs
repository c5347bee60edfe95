//! A board in a folder, on which processes of any number of machines write which part of a plan they do, so that few do the same.
//!
//! It asks little of the file system: that of several processes one makes a file that was not there, that names are replaced in one
//! step, and that times of files are the server's. Locks are not used: on some mounts there are none, and on some others they do not
//! reach other machines. So two processes may come to do the same part, after a pause of minutes or on a cache that is late. That costs
//! time and nothing else: each machine has a run directory of its own for a part, which its own lock guards, runs are the same bit for
//! bit wherever they are done, and merging holds them against each other.

mod claim;

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use flatbench_records::directory::{PARTS, own_folder};

use crate::store::StoreError;
use crate::store::lease::{is_over, this_process};
use crate::whereabouts::host;
pub use claim::Claim;

/// Folder of the board, in that of the parts; a hidden one is no run directory.
const BOARD: &str = ".board";
/// What the parts are parts of.
const PLAN: &str = "plan";

/// The board of a directory.
#[derive(Debug)]
pub struct Board {
    directory: PathBuf,
    folder: PathBuf,
    plan: String,
    /// This process, as claims name it.
    here: String,
}

/// Who does a part.
#[derive(Debug)]
pub enum Taken {
    /// This process, as long as it holds on to the claim.
    Here(Claim),
    /// Another one, as it calls itself.
    By(String),
    /// Nobody: it is done.
    Done,
}

impl Board {
    /// Opens the board of a directory, making both where they are missing. `plan` says what the parts are parts of.
    ///
    /// # Errors
    /// The board of another plan, a link in the place of a folder, or trouble with the disk.
    pub fn open(directory: &Path, plan: &str) -> Result<Self, StoreError> {
        std::fs::create_dir_all(directory).map_err(StoreError::io("create", directory))?;
        let parts = directory.join(PARTS);
        let folder = parts.join(BOARD);
        for own in [&parts, &folder] {
            own_folder(own).map_err(StoreError::at("create", own))?;
        }
        let here = this_process();
        let board = Board { directory: directory.to_owned(), folder, plan: plan.to_owned(), here };
        let file = board.folder.join(PLAN);
        if read(&file)?.is_none_or(|text| text.is_empty()) {
            put(&board.own_name(PLAN), &file, plan).map_err(StoreError::io("write", &file))?;
        }
        board.hold_to_plan()?;
        Ok(board)
    }

    /// Where this machine keeps its run directory of a part.
    pub fn run_directory(&self, part: &str) -> PathBuf {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
        let host: String = host().chars().map(plain).collect();
        self.directory.join(PARTS).join(format!("{part}-{host}"))
    }

    /// Takes a part, unless it is done or somebody else is at it.
    ///
    /// # Errors
    /// Trouble with the disk, or the board is another plan's by now.
    pub fn take(&self, part: &str) -> Result<Taken, StoreError> {
        self.hold_to_plan()?;
        let file = self.folder.join(format!("{part}.claim"));
        loop {
            if self.is_done(part)? {
                return Ok(Taken::Done);
            }
            let text = format!("{}\n", self.here);
            match OpenOptions::new().write(true).create_new(true).open(&file) {
                Ok(mut made) => {
                    let claim = Claim::new(file.clone(), [self.own_name("done"), self.done_file(part)], text.clone());
                    made.write_all(text.as_bytes()).map_err(StoreError::io("write", &file))?;
                    // It may have been done, and let go, since that was looked at.
                    return Ok(if self.is_done(part)? { Taken::Done } else { Taken::Here(claim) });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(StoreError::io("create", &file)(error)),
            }
            let Some(holder) = read(&file)? else { continue };
            if !is_over(&file, holder.trim(), &self.own_name("clock"))? {
                return Ok(Taken::By(holder.trim().to_owned()));
            }
            self.take_down(&file)?;
        }
    }

    /// Whether a part is done.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn is_done(&self, part: &str) -> Result<bool, StoreError> {
        let file = self.done_file(part);
        file.try_exists().map_err(StoreError::io("find", &file))
    }

    fn done_file(&self, part: &str) -> PathBuf {
        self.folder.join(format!("{part}.done"))
    }

    fn hold_to_plan(&self) -> Result<(), StoreError> {
        match read(&self.folder.join(PLAN))? {
            Some(plan) if plan == self.plan => Ok(()),
            _ => Err(StoreError::OtherPlan { directory: self.directory.clone() }),
        }
    }

    /// Removes the claim of a process that is no more. Of several that do so at once, one renames it; who comes late may rename the
    /// claim of the next holder, whose part is then done twice.
    fn take_down(&self, file: &Path) -> Result<(), StoreError> {
        let aside = self.own_name("gone");
        match std::fs::rename(file, &aside).and_then(|()| std::fs::remove_file(&aside)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io("remove", file)(error)),
            _ => Ok(()),
        }
    }

    /// A file that no other process uses.
    fn own_name(&self, purpose: &str) -> PathBuf {
        self.folder.join(format!("{purpose}.{}", self.here.replace([' ', '/'], "-")))
    }
}

/// The text of a file; `None` where there is none.
fn read(file: &Path) -> Result<Option<String>, StoreError> {
    let mut text = String::new();
    match File::open(file).and_then(|mut file| file.read_to_string(&mut text)) {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("read", file)(error)),
    }
}

/// Puts a whole file in its place in one step. Others may do the same at this moment: `own` is a name that none of them uses.
fn put(own: &Path, file: &Path, text: &str) -> std::io::Result<()> {
    let mut made = File::create(own)?;
    made.write_all(text.as_bytes())?;
    made.sync_all()?;
    std::fs::rename(own, file)
}
