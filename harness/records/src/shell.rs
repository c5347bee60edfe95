use std::path::Path;

/// Characters of a path that no shell reads anything into.
const PLAIN: &str = "/._-+:@%,=";

/// `text` as one word of a command line in a POSIX shell: in single quotes where it needs them.
pub fn quoted(text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || PLAIN.contains(c));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// A path as one word of a command line that works in every folder: absolute, and in quotes where it needs them.
pub fn quoted_path(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    quoted(&absolute.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        assert_eq!(quoted("runs/a-1.2"), "runs/a-1.2");
        assert_eq!(quoted("my runs"), "'my runs'");
        assert_eq!(quoted("it's;$x"), "'it'\\''s;$x'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_path_holds_in_every_folder() {
        let here = std::env::current_dir().expect("there is one");
        assert_eq!(quoted_path(Path::new("a b")), format!("'{}/a b'", here.display()));
    }
}
