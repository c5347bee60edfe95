//! The program `flatbench`: see the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    flatbench_cli::main(flatbench_cli::Program::native(), std::env::args_os())
}
