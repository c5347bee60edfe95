use std::path::Path;

use crate::words::words;

words! {
    /// What a library is code for, and so in which process it can be opened.
    pub enum Runtime {
        /// For the processor: a dynamic library, which any worker opens.
        Native = "native",
        /// For a Python interpreter: a parcel, which a worker opens that has one in it.
        Python = "python",
    }
}

/// What the name of a parcel ends with, after the dot.
pub const PARCEL: &str = "fbpy";

impl Runtime {
    /// That of a library, by the ending of its name.
    pub fn of(library: &Path) -> Self {
        match library.extension() {
            Some(extension) if extension == PARCEL => Runtime::Python,
            _ => Runtime::Native,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_the_name_decides() {
        let of = |name: &str| Runtime::of(Path::new(name));
        assert_eq!([of("/a/mine.fbpy"), of("mine-0a.fbpy")], [Runtime::Python; 2]);
        assert_eq!([of("libgd.so"), of("mine"), of("fbpy"), of("mine.fbpy/x.so")], [Runtime::Native; 4]);
    }
}
