use std::path::{Path, PathBuf};

use flatbench_records::directory::{CLUSTER, PARTS};

use super::Role;

/// Where things are in the folder of a submitted suite: a run directory once its parts are merged.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The places in a folder, which is named absolutely: jobs start elsewhere.
    pub fn of(root: &Path) -> Self {
        Layout { root: std::path::absolute(root).unwrap_or_else(|_| root.to_owned()) }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What jobs need, and what they say.
    pub fn cluster(&self) -> PathBuf {
        self.root.join(CLUSTER)
    }

    /// Text of the suite with every default filled in, as the jobs read it.
    pub fn suite(&self) -> PathBuf {
        self.cluster().join("suite.toml")
    }

    /// Copies of the data files that it names.
    pub fn data(&self) -> PathBuf {
        self.cluster().join("data")
    }

    /// Copies of the libraries.
    pub fn libraries(&self) -> PathBuf {
        self.cluster().join("libraries")
    }

    /// A copy of the program.
    pub fn program(&self) -> PathBuf {
        self.cluster().join("flatbench")
    }

    /// What was submitted when.
    pub fn submission(&self) -> PathBuf {
        self.cluster().join("submission.json")
    }

    /// The script of a role.
    pub fn script(&self, role: Role) -> PathBuf {
        self.root.join(Layout::script_inside(role))
    }

    /// The same from the folder.
    pub fn script_inside(role: Role) -> PathBuf {
        PathBuf::from(format!("{CLUSTER}/{role}.sh"))
    }

    /// What the jobs print.
    pub fn output(&self) -> PathBuf {
        self.cluster().join("output")
    }

    /// The run directories of the parts.
    pub fn parts(&self) -> PathBuf {
        self.root.join(PARTS)
    }

    /// The run directory of part `part` of `count` of a stage; with a shell variable for `part`, too.
    pub fn part_inside(role: Role, part: &str, count: usize) -> String {
        match role {
            Role::Tuning => format!("{PARTS}/tuning-{part}-of-{count}"),
            _ => format!("{PARTS}/{part}-of-{count}"),
        }
    }

    /// The run directory of a part, from 1.
    pub fn part(&self, role: Role, part: usize, count: usize) -> PathBuf {
        self.root.join(Layout::part_inside(role, &part.to_string(), count))
    }
}
