//! Amounts of memory as users write them.

/// Reads `8GiB`, `512MiB`, `1000000` (bytes) or `none`.
pub fn parse(text: &str) -> Result<Option<u64>, String> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("none") {
        return Ok(None);
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
        Some(bytes) if bytes > 0 => Ok(Some(bytes)),
        _ => Err("the limit has to be between 1 byte and 16 EiB".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn units_are_powers_of_1024() {
        assert_eq!(parse("8GiB"), Ok(Some(8 << 30)));
        assert_eq!(parse("512m"), Ok(Some(512 << 20)));
        assert_eq!(parse("1000"), Ok(Some(1000)));
        assert_eq!(parse("none"), Ok(None));
        assert!(parse("8GB").is_err_and(|text| text.contains("GiB")));
        assert!(parse("-1").is_err() && parse("0").is_err() && parse("99999999TiB").is_err());
    }
}
