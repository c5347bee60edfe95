use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Where relative paths begin, and with which permissions files are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// For the message; a folder that was moved is still the same.
    folder: PathBuf,
    /// Device and number of the working folder and of the root.
    identity: [Option<(u64, u64)>; 2],
    umask: u32,
}

impl Place {
    pub(super) fn read() -> Self {
        let identity = |path: &str| Path::new(path).metadata().ok().map(|data| (data.dev(), data.ino()));
        // SAFETY: there is no other way to read it than to set it; it is set back at once.
        let umask = unsafe {
            let umask = libc::umask(0o077);
            libc::umask(umask);
            umask
        };
        Place {
            folder: std::env::current_dir().unwrap_or_default(),
            identity: [identity("."), identity("/")],
            #[allow(clippy::useless_conversion, clippy::allow_attributes, reason = "16 bits on some systems")]
            umask: u32::from(umask),
        }
    }

    pub(super) fn compare(&self, earlier: &Place, changes: &mut Vec<String>) {
        if self.identity[0] != earlier.identity[0] {
            changes.push(format!("the working folder ({} → {})", earlier.folder.display(), self.folder.display()));
        }
        if self.identity[1] != earlier.identity[1] {
            changes.push("the root folder".to_owned());
        }
        if self.umask != earlier.umask {
            changes.push(format!("the umask ({:03o} → {:03o})", earlier.umask, self.umask));
        }
    }
}
