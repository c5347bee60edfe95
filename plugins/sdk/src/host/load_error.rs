use std::path::PathBuf;

/// Why a file is not a usable plugin. Displayed in one line; [`full_text`](LoadError::full_text) is for a log.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file.
    #[error("{}: no such file (build the plugin first, or correct the path)", path.display())]
    Missing {
        /// As given.
        path: PathBuf,
    },
    /// The file may be there, but cannot be looked at.
    #[error("{}: {reason} (check the file and its permissions)", path.display())]
    Unreadable {
        /// As given.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The system's loader refuses it.
    #[error("{}: not a loadable dynamic library: {} (build the crate with crate-type = [\"cdylib\"] on this machine)", path.display(), first_line(detail))]
    NotALibrary {
        /// As given.
        path: PathBuf,
        /// What the loader says.
        detail: String,
    },
    /// It is a library but exports no optimizer.
    #[error("{}: a library, but not a flatbench plugin (does it call `export_optimizer!`, or export flatbench_optimizer_v1 in C?)", path.display())]
    NotAPlugin {
        /// As given.
        path: PathBuf,
        /// What the loader says.
        detail: String,
    },
    /// It was built against another plugin interface.
    #[error("{}: built against plugin interface {built_against}, this flatbench has {expected} (rebuild the plugin with this flatbench's flatbench-plugin crate)", path.display())]
    Incompatible {
        /// As given.
        path: PathBuf,
        /// Interface version of the plugin, or what is known of it.
        built_against: String,
        /// Interface version of this host.
        expected: String,
        /// What differs, over many lines.
        detail: String,
    },
    /// What it says of itself cannot be used.
    #[error("{}: {detail}", path.display())]
    Undescribed {
        /// As given.
        path: PathBuf,
        /// What it is, with the remedy.
        detail: String,
    },
    /// Its own code failed while it was loaded.
    #[error("{}: the plugin failed while loading: {} (what it says about itself is wrong or could not be said)", path.display(), first_line(detail))]
    Broken {
        /// As given.
        path: PathBuf,
        /// What it says.
        detail: String,
    },
}

impl LoadError {
    /// The line and everything known behind it.
    pub fn full_text(&self) -> String {
        match self {
            LoadError::Missing { .. } | LoadError::Unreadable { .. } | LoadError::Undescribed { .. } => {
                self.to_string()
            }
            LoadError::NotALibrary { detail, .. }
            | LoadError::NotAPlugin { detail, .. }
            | LoadError::Incompatible { detail, .. }
            | LoadError::Broken { detail, .. } => format!("{self}\n{detail}"),
        }
    }
}

fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason given")
}
