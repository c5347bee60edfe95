use super::DataError;
use super::Source;

/// The text of a file, whatever its encoding.
pub(super) struct Text {
    pub(super) content: String,
    /// What to say where it was not UTF-8.
    pub(super) note: Option<String>,
}

/// Decodes UTF-8 with or without a mark, UTF-16 with one, and otherwise Latin-1, in which every byte is a letter.
pub(super) fn decode(source: &Source) -> Result<Text, DataError> {
    let bytes = source.bytes.as_slice();
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| unit(pair.try_into().unwrap_or_default()));
        let content = char::decode_utf16(units).collect::<Result<String, _>>();
        let content = content.map_err(|error| source.unreadable(format!("it is no UTF-16: {error}")))?;
        Ok(Text { content, note: Some("decoded from UTF-16".to_owned()) })
    };
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return wide(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return wide(rest, u16::from_be_bytes);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (content, note) = match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => {
            (bytes.iter().map(|&byte| char::from(byte)).collect(), Some("decoded from Latin-1, as it is no UTF-8"))
        }
    };
    // Line ends of the first Macintosh.
    let content = if content.contains('\r') && !content.contains('\n') { content.replace('\r', "\n") } else { content };
    Ok(Text { content, note: note.map(str::to_owned) })
}
