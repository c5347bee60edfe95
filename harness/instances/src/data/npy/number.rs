use half::f16;

/// A type of numbers in a `.npy` file.
pub(super) struct Number {
    /// What NumPy calls it.
    pub(super) name: &'static str,
    /// Bytes of one.
    pub(super) size: usize,
    /// Relative precision; that of double precision where numbers are whole.
    pub(super) precision: f64,
    /// Whether it is a floating-point type.
    pub(super) is_float: bool,
    big_endian: bool,
    decode: fn(&[u8], bool) -> Vec<f64>,
}

impl Number {
    /// Reads a description such as `<f8`, `>i2` or `|b1`.
    pub(super) fn of(descr: &str) -> Result<Self, String> {
        let (order, kind) = descr.split_at_checked(1).unwrap_or_default();
        type Decode = fn(&[u8], bool) -> Vec<f64>;
        let (name, precision, decode): (_, _, Decode) = match kind {
            "f8" => ("float64", f64::EPSILON, |b, big| decode(b, big, f64::from_le_bytes)),
            "f4" => ("float32", f32::EPSILON.into(), |b, big| decode(b, big, |raw| f32::from_le_bytes(raw).into())),
            "f2" => ("float16", f16::EPSILON.into(), |b, big| decode(b, big, |raw| f16::from_le_bytes(raw).into())),
            "i8" => ("int64", f64::EPSILON, |b, big| decode(b, big, |raw| i64::from_le_bytes(raw) as f64)),
            "i4" => ("int32", f64::EPSILON, |b, big| decode(b, big, |raw| i32::from_le_bytes(raw).into())),
            "i2" => ("int16", f64::EPSILON, |b, big| decode(b, big, |raw| i16::from_le_bytes(raw).into())),
            "i1" => ("int8", f64::EPSILON, |b, big| decode(b, big, |raw| i8::from_le_bytes(raw).into())),
            "u8" => ("uint64", f64::EPSILON, |b, big| decode(b, big, |raw| u64::from_le_bytes(raw) as f64)),
            "u4" => ("uint32", f64::EPSILON, |b, big| decode(b, big, |raw| u32::from_le_bytes(raw).into())),
            "u2" => ("uint16", f64::EPSILON, |b, big| decode(b, big, |raw| u16::from_le_bytes(raw).into())),
            "u1" => ("uint8", f64::EPSILON, |b, big| decode(b, big, |raw| u8::from_le_bytes(raw).into())),
            "b1" => ("bool", f64::EPSILON, |b, big| decode(b, big, |[byte]| f64::from(u8::from(byte != 0)))),
            _ => return Err(format!("its type is {descr:?} (real and whole numbers of up to 8 bytes are read)")),
        };
        let size = kind.get(1..).and_then(|size| size.parse().ok()).unwrap_or(1);
        let big_endian = match order {
            "<" => false,
            ">" => true,
            "|" if size == 1 => false,
            _ => return Err(format!("its type {descr:?} does not say the order of the bytes")),
        };
        Ok(Number { name, size, precision, is_float: kind.starts_with('f'), big_endian, decode })
    }

    /// All numbers in some bytes.
    pub(super) fn decode(&self, bytes: &[u8]) -> Vec<f64> {
        (self.decode)(bytes, self.big_endian)
    }
}

fn decode<const SIZE: usize>(bytes: &[u8], big_endian: bool, number: fn([u8; SIZE]) -> f64) -> Vec<f64> {
    let (chunks, _) = bytes.as_chunks::<SIZE>();
    let little = |chunk: &[u8; SIZE]| {
        let mut raw = *chunk;
        if big_endian {
            raw.reverse();
        }
        number(raw)
    };
    chunks.iter().map(little).collect()
}
