//! Amounts of memory and of time as users write them.

/// A limit of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// `None`: no limit.
    pub bytes: Option<u64>,
}

/// Reads a number of seconds greater than 0.
pub fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x > 0.0 && x.is_finite() => Ok(x),
        _ => Err("expected a number of seconds greater than 0".into()),
    }
}

/// Reads `8GiB`, `512MiB`, `1000000` (bytes) or `none`.
pub fn memory(text: &str) -> Result<Memory, String> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("none") {
        return Ok(Memory { bytes: None });
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1_u64 << 40,
        other => return Err(format!("unknown unit `{other}` (known: KiB, MiB, GiB, TiB, or none for no limit)")),
    };
    let number: u64 = digits.trim().parse().map_err(|_| format!("`{digits}` is no whole number"))?;
    match number.checked_mul(factor) {
        Some(bytes) if bytes > 0 => Ok(Memory { bytes: Some(bytes) }),
        _ => Err("the limit has to be between 1 byte and 16 EiB".into()),
    }
}

/// Reads the same without `none`.
pub fn size(text: &str) -> Result<u64, String> {
    memory(text)?.bytes.ok_or_else(|| "expected a size, such as 8GiB".to_owned())
}

/// Seconds (≥ 0) as a person says them, to two digits or so.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 99.5 => format!("{s:.0} s"),
        s if s < 99.5 * 60.0 => format!("{:.0} min", s / 60.0),
        s if s < 48.0 * 3600.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} days", s / 86400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::{duration, memory};

    #[test]
    fn durations_are_short() {
        let said = [0.2, 99.0, 100.0, 5400.0, 9000.0, 300_000.0].map(duration);
        assert_eq!(said, ["0 s", "99 s", "2 min", "90 min", "2.5 h", "3.5 days"]);
    }

    #[test]
    fn units_are_powers_of_1024() {
        let bytes = |text| memory(text).map(|memory| memory.bytes);
        assert_eq!(bytes("8GiB"), Ok(Some(8 << 30)));
        assert_eq!(bytes("512m"), Ok(Some(512 << 20)));
        assert_eq!(bytes("1000"), Ok(Some(1000)));
        assert_eq!(bytes("none"), Ok(None));
        assert!(memory("8GB").is_err_and(|text| text.contains("GiB")));
        assert!(memory("-1").is_err() && memory("0").is_err() && memory("99999999TiB").is_err());
    }
}
