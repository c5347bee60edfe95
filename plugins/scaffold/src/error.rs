use std::path::PathBuf;

/// Why no plugin was written.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// The name would be awkward in a suite, a file name or a crate.
    #[error("{name:?} cannot be the name of an optimizer: {reason} (allowed: {})", flatbench_plugin::name::RULE)]
    Name {
        /// As given.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is something in its place.
    #[error("{}: already exists (choose another name or folder; nothing was changed)", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// Cargo would stumble over a plugin in this place.
    #[error("{}: {reason} (put it into {}, or outside of this source tree)", path.display(), better.display())]
    Place {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
        /// Where it belongs.
        better: PathBuf,
    },
    /// Nothing says where the crate `flatbench-plugin` is.
    #[error(
        "a plugin in Rust depends on the crate flatbench-plugin, and this is no source tree of flatbench (run in a clone, or give \
         --sdk: the path of its folder plugins/sdk, or the URL of its git repository)"
    )]
    NeedsSdk,
    /// The plugin crate is not where it should be.
    #[error("{}: not the crate flatbench-plugin (give the path of plugins/sdk in a clone, or the URL of the repository)", path.display())]
    NoSdk {
        /// As given.
        path: PathBuf,
    },
    /// The system refuses to look or to write.
    #[error("{}: {source} (nothing of the plugin is left)", path.display())]
    Io {
        /// What was looked at or written.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}
