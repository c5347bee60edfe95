use py_literal::Value;

/// Longest header, as in NumPy: the description of an array of numbers is a line.
const LONGEST: usize = 10_000;

/// Most brackets in a header. That of an array of numbers has two or three, and a parser goes down with each of them.
const MOST_BRACKETS: usize = 64;

/// What stands before the numbers of a `.npy` file.
pub(super) struct Header {
    /// Type of the numbers, such as `<f8`.
    pub(super) descr: String,
    /// Whether the first index varies fastest.
    pub(super) fortran_order: bool,
    /// Size of every dimension.
    pub(super) shape: Vec<usize>,
}

impl Header {
    /// The header, and the bytes after it.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, &[u8]), String> {
        let magic = bytes.strip_prefix(b"\x93NUMPY").ok_or("it does not begin as a NumPy array does")?;
        let (length, rest) = match magic {
            [1, _, a, b, rest @ ..] => (usize::from(u16::from_le_bytes([*a, *b])), rest),
            [2 | 3, _, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
            [version, ..] if *version > 3 => return Err(format!("version {version} of the format is not known")),
            _ => return Err("its header is cut off".to_owned()),
        };
        let (text, body) = rest.split_at_checked(length).ok_or("its header is cut off")?;
        if length > LONGEST || text.iter().filter(|byte| b"([{".contains(byte)).count() > MOST_BRACKETS {
            return Err("its header is too long for an array of numbers".to_owned());
        }
        let text = without_long_suffixes(String::from_utf8_lossy(text).trim());
        let broken = || "its header does not describe an array".to_owned();
        let Ok(Value::Dict(entries)) = text.parse() else { return Err(broken()) };
        let entry = |name: &str| entries.iter().find(|(key, _)| key.as_string().is_some_and(|key| key == name));
        let (_, descr) = entry("descr").ok_or_else(broken)?;
        let fortran_order = entry("fortran_order").and_then(|(_, flag)| flag.as_boolean()).ok_or_else(broken)?;
        let shape = entry("shape").and_then(|(_, shape)| shape.as_tuple()).ok_or_else(broken)?;
        let size = |value: &Value| value.as_integer().and_then(|n| usize::try_from(n).ok());
        let Some(descr) = descr.as_string() else {
            return Err("it is an array of records (an array of numbers is needed)".to_owned());
        };
        let shape = shape.iter().map(size).collect::<Option<_>>().ok_or("its header has a size that none can have")?;
        Ok((Header { descr: descr.to_owned(), fortran_order, shape }, body))
    }
}

/// The text without the `L` that Python 2 wrote after whole numbers, as in `(4L, 4L)`.
fn without_long_suffixes(header: &str) -> String {
    let mut text = String::with_capacity(header.len());
    for letter in header.chars() {
        if letter != 'L' || !text.ends_with(|before: char| before.is_ascii_digit()) {
            text.push(letter);
        }
    }
    text
}
