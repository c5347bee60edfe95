//! Tells the binary which compiler and profile built it, for `environment.json`.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().ok().filter(|output| output.status.success());
    if let Some(version) = version {
        println!("cargo::rustc-env=FLATBENCH_RUSTC={}", String::from_utf8_lossy(&version.stdout).trim());
    }
    println!("cargo::rustc-env=FLATBENCH_PROFILE={}", std::env::var("PROFILE").unwrap_or_default());
}
