//! The subcommands, one file or folder each: `Arguments` is what clap reads, `run` does it.

pub mod archive;
pub mod cancel;
pub mod compare;
pub mod completions;
pub mod env;
pub mod export;
pub mod export_instance;
pub mod gallery;
pub mod list;
pub mod man;
pub mod merge;
pub mod plugin;
pub mod replay;
pub mod report;
pub mod run;
pub mod status;
pub mod submit;
pub mod tune;
pub mod verify;
pub mod watch;
pub mod worker;
