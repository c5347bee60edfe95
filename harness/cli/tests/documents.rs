//! What the documents name is there.
mod support;

use support::root;

/// Paths between backticks that are neither below the root of the source tree nor below `harness`.
fn missing(text: &str) -> Vec<&str> {
    // Blocks of code and diagrams have backticks by threes.
    let quoted = text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
    let is_path = |text: &&str| {
        text.contains('/') && !text.contains([' ', '*', '<', '>', '(', ':']) && !text.chars().any(char::is_uppercase)
    };
    let folders = [root(), root().join("harness")];
    quoted.filter(is_path).filter(|path| !folders.iter().any(|folder| folder.join(path).exists())).collect()
}

#[test]
fn every_path_in_architecture_and_contributing_exists() {
    for document in ["harness/docs/ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(root().join(document)).unwrap_or_else(|error| panic!("{document}: {error}"));
        let missing = missing(&text);
        assert!(missing.is_empty(), "{document} names what is not there: {missing:?}");
    }
    let text = "see `harness/docs`, `worker/src/gone.rs`, `records::Case` and `cargo run`\n```\n`a/b`\n```\n";
    assert_eq!(missing(text), ["worker/src/gone.rs"]);
}
