use std::path::Path;
use std::process::{Command, Stdio};

use crate::status::Failure;

/// Starts a program of an engine in a folder, and returns what it prints.
///
/// # Errors
/// It is not there, or its own words.
pub fn output(folder: &Path, program: &str, arguments: &[String]) -> Result<String, Failure> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    let output = command.output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::usage(format!(
            "there is no `{program}` on this machine: submit where the engine's commands are, or name another engine with --engine"
        )),
        _ => Failure::trouble(anyhow::anyhow!("cannot start {program}: {error}")),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said = if said.is_empty() { output.status.to_string() } else { said.join("; ") };
    Err(Failure::usage(format!("{} refused: {said}", line(program, arguments))))
}

/// A command as a person would type it.
pub fn line(program: &str, arguments: &[String]) -> String {
    let words = arguments.iter().map(|word| flatbench_records::quoted(word));
    std::iter::once(program.to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}
