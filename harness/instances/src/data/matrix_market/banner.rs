/// What the first line says.
pub(super) struct Banner {
    pub(super) layout: Layout,
    pub(super) field: Field,
    pub(super) symmetry: Symmetry,
}

/// How the entries are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One by one, with their places.
    Coordinate,
    /// All of them, column by column.
    Array,
}

/// What the entries are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Real,
    Integer,
    /// Places without values.
    Pattern,
}

/// Which entries follow from the others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Symmetry {
    General,
    Symmetric,
    SkewSymmetric,
}

impl Banner {
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let line = line.to_ascii_lowercase();
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["%%matrixmarket", object, layout, field, symmetry] = *words.as_slice() else {
            return Err("the first line is not `%%MatrixMarket matrix coordinate|array real|integer|pattern \
                        general|symmetric|skew-symmetric`"
                .to_owned());
        };
        let unknown = |what: &str, known: &str| Err(format!("its first line says {what:?} ({known})"));
        if object != "matrix" {
            return unknown(object, "a matrix is needed");
        }
        let layout = match layout {
            "coordinate" => Layout::Coordinate,
            "array" => Layout::Array,
            other => return unknown(other, "coordinate and array are read"),
        };
        let field = match field {
            "real" | "double" => Field::Real,
            "integer" | "unsigned-integer" => Field::Integer,
            "pattern" if layout == Layout::Coordinate => Field::Pattern,
            "pattern" => return Err("its first line says `array pattern`, which has no entries".to_owned()),
            other => return unknown(other, "real, integer and pattern are read; complex numbers are not"),
        };
        let symmetry = match symmetry {
            "general" => Symmetry::General,
            "symmetric" => Symmetry::Symmetric,
            "skew-symmetric" => Symmetry::SkewSymmetric,
            other => {
                return unknown(other, "general, symmetric and skew-symmetric are read; hermitian is of complex ones");
            }
        };
        Ok(Banner { layout, field, symmetry })
    }
}

impl Symmetry {
    pub(super) fn name(self) -> &'static str {
        match self {
            Symmetry::General => "general",
            Symmetry::Symmetric => "symmetric",
            Symmetry::SkewSymmetric => "skew-symmetric",
        }
    }

    /// What follows for the entries that are not written.
    pub(super) fn note(self) -> Option<&'static str> {
        match self {
            Symmetry::General => None,
            Symmetry::Symmetric => Some("symmetric: one triangle is written, the other follows"),
            Symmetry::SkewSymmetric => Some("skew-symmetric: one triangle is written, the other is its negative"),
        }
    }

    /// What an entry makes of its mirror image; `None` where that is an entry of its own.
    pub(super) fn mirrored(self, value: f64) -> Option<f64> {
        match self {
            Symmetry::General => None,
            Symmetry::Symmetric => Some(value),
            Symmetry::SkewSymmetric => Some(-value),
        }
    }
}
