use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use flatbench_records::Runtime;

/// Variables of a process in which Python runs, where they are not set: numbers that are the same every time, and one core for each
/// process, since as many run as there are cores.
const OF_PYTHON: [(&str, &str); 5] = [
    ("OMP_NUM_THREADS", "1"),
    ("MKL_NUM_THREADS", "1"),
    ("OPENBLAS_NUM_THREADS", "1"),
    ("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"),
    ("PYTHONHASHSEED", "0"),
];

/// A file to start, and what its arguments begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Executable.
    pub executable: PathBuf,
    /// First arguments.
    pub arguments: Vec<OsString>,
    /// Variables that it gets where they are not set.
    environment: &'static [(&'static str, &'static str)],
}

impl Program {
    /// One that opens native libraries.
    pub fn native(executable: impl Into<PathBuf>, arguments: Vec<OsString>) -> Self {
        Program { executable: executable.into(), arguments, environment: &[] }
    }

    /// One in which Python runs.
    pub fn python(executable: impl Into<PathBuf>, arguments: Vec<OsString>) -> Self {
        Program { executable: executable.into(), arguments, environment: &OF_PYTHON }
    }

    /// With more arguments after the first ones.
    pub fn with(&self, arguments: &[OsString]) -> Self {
        Program { arguments: [&self.arguments, arguments].concat(), ..self.clone() }
    }

    /// A command that starts it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        command.args(&self.arguments);
        for (name, value) in self.environment {
            if std::env::var_os(name).is_none() {
                command.env(name, value);
            }
        }
        command
    }
}

/// The programs that are started where libraries are opened, by what these are code for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    /// For [`Runtime::Native`].
    pub native: Program,
    /// For [`Runtime::Python`].
    pub python: Program,
}

impl Programs {
    /// The one for a runtime.
    pub fn of(&self, runtime: Runtime) -> &Program {
        match runtime {
            Runtime::Native => &self.native,
            Runtime::Python => &self.python,
        }
    }

    /// Both with more arguments after the first ones.
    pub fn with(&self, arguments: &[OsString]) -> Self {
        Programs { native: self.native.with(arguments), python: self.python.with(arguments) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_gets_its_variables_unless_the_user_has_set_them() {
        let variables = |program: &Program| {
            let command = program.command();
            let text = |value: &std::ffi::OsStr| value.to_string_lossy().into_owned();
            command.get_envs().map(|(name, value)| (text(name), value.map(text))).collect::<Vec<_>>()
        };
        assert!(variables(&Program::native("x", Vec::new())).is_empty());
        let given = variables(&Program::python("x", Vec::new()));
        let unset = OF_PYTHON.iter().filter(|(name, _)| std::env::var_os(name).is_none()).count();
        assert_eq!(given.len(), unset);
        let odd =
            Program { environment: &[("PATH", "1"), ("FLATBENCH_UNHEARD_OF", "2")], ..Program::native("x", vec![]) };
        assert_eq!(variables(&odd), [("FLATBENCH_UNHEARD_OF".to_owned(), Some("2".to_owned()))]);
    }
}
