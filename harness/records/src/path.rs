//! Paths in JSON: the text, or, for a name that is no UTF-8, the list of its bytes. For `#[serde(with = "flatbench_records::path")]`.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Text(String),
    Bytes(Vec<u8>),
}

/// Writes a path.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(path: &impl AsRef<Path>, serializer: S) -> Result<S::Ok, S::Error> {
    let path = path.as_ref().as_os_str();
    match path.to_str() {
        Some(text) => serializer.serialize_str(text),
        None => path.as_bytes().serialize(serializer),
    }
}

/// Reads a path.
///
/// # Errors
/// Something else than a text or a list of bytes.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Ok(match Form::deserialize(deserializer)? {
        Form::Text(text) => text.into(),
        Form::Bytes(bytes) => OsString::from_vec(bytes).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Place {
        #[serde(with = "super")]
        path: PathBuf,
    }

    #[test]
    fn any_path_comes_back() {
        for (bytes, json) in [(&b"/a/\xc3\xbc.so"[..], "{\"path\":\"/a/ü.so\"}"), (b"/\xff", "{\"path\":[47,255]}")] {
            let place = Place { path: OsString::from_vec(bytes.to_vec()).into() };
            let text = serde_json::to_string(&place).expect("every path has a JSON form");
            assert_eq!(text, json);
            assert_eq!(serde_json::from_str::<Place>(&text).expect("its own form"), place);
        }
    }
}
