use std::path::Path;
use std::time::Duration;

use flatbench_records::{OptimizerDescription, Runtime};

use super::PluginError;
use super::child::{End, watch};
use super::interpreter::IMPORT;
use crate::program::Programs;

/// What a library may take to be opened and described.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Asks a child process what a library is: `program arguments.. PATH` writes the description as JSON, and nothing else, to its
/// standard output and ends with status 0, or prints why it cannot to its standard error and ends with another.
#[derive(Clone, Debug)]
pub struct Describer {
    /// What is started, by what the library is code for.
    pub programs: Programs,
}

impl Describer {
    /// Describes a library.
    ///
    /// # Errors
    /// [`PluginError::Unusable`] with the child's words, or with how the child ended where the library killed it.
    pub fn describe(&self, library: &Path) -> Result<OptimizerDescription, PluginError> {
        let runtime = Runtime::of(library);
        let limit = if runtime == Runtime::Python { IMPORT } else { TIME_LIMIT };
        // The loader may name the library, which the error does too.
        let own_name = format!("{}: ", library.display());
        let unusable = |reason: String| {
            let reason = reason.strip_prefix(&own_name).map_or(reason.clone(), str::to_owned);
            PluginError::Unusable { library: library.to_owned(), reason }
        };
        let io = |error: std::io::Error| unusable(format!("it cannot be described: {error} (try again)"));
        let child = watch(self.programs.of(runtime).command().arg(library), limit).map_err(io)?;
        let words = child.last_words();
        let death = match child.end {
            End::TimedOut => {
                let limit = limit.as_secs();
                return Err(unusable(format!(
                    "opening the library took longer than {limit} s (does it loop on load?)"
                )));
            }
            End::Status(0) if child.stdout.is_empty() => {
                return Err(unusable("it ended the process that described it (it must not call exit on load)".into()));
            }
            End::Status(0) => {
                return serde_json::from_str(&child.stdout)
                    .map_err(|error| unusable(format!("what it says of itself cannot be read: {error}")));
            }
            End::Status(2) if !words.is_empty() => return Err(unusable(words + &child.printed_before())),
            End::Status(status) => format!("exited with status {status}"),
            End::Died(death) => death,
        };
        let said = if words.is_empty() { String::new() } else { format!(", saying {words:?}") };
        Err(unusable(format!("crashed while it was described: {death}{said} (it cannot be loaded safely)")))
    }
}
