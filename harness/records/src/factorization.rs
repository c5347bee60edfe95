use serde::{Deserialize, Serialize};

/// How the factors in w make the end-to-end matrix X.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FactorizationKind {
    /// Two factors of equal width: X = L Rᵀ.
    LeftRight,
    /// Symmetric: X = Σ_b s_b U_b U_bᵀ.
    Gram {
        /// s_b, +1 or −1, in the order of the factors.
        signs: Vec<i8>,
    },
    /// Two layers or more: X = W_L ⋯ W_1.
    Chain,
    /// Two vectors or more, multiplied entry by entry.
    Hadamard,
}

impl FactorizationKind {
    /// One word: the kind as it is serialized.
    pub fn name(&self) -> &'static str {
        match self {
            FactorizationKind::LeftRight => "left-right",
            FactorizationKind::Gram { .. } => "gram",
            FactorizationKind::Chain => "chain",
            FactorizationKind::Hadamard => "hadamard",
        }
    }

    /// X in terms of the factors.
    pub fn formula(&self) -> String {
        match self {
            FactorizationKind::LeftRight => "X = L Rᵀ".into(),
            FactorizationKind::Gram { signs } => gram(signs),
            FactorizationKind::Chain => "X = W_L ⋯ W_2 W_1".into(),
            FactorizationKind::Hadamard => "x = v_1 ⊙ v_2 ⊙ ⋯ ⊙ v_k".into(),
        }
    }

    /// Signs of the terms, where X is a sum of signed ones.
    pub fn signs(&self) -> Option<&[i8]> {
        match self {
            FactorizationKind::Gram { signs } => Some(signs),
            _ => None,
        }
    }
}

/// "X = U Uᵀ" for one positive term, "X = U1 U1ᵀ − U2 U2ᵀ" for two.
fn gram(signs: &[i8]) -> String {
    let mut formula = "X =".to_owned();
    for (index, sign) in signs.iter().enumerate() {
        let factor = if signs.len() == 1 { "U".to_owned() } else { format!("U{}", index + 1) };
        let sign = match (index, *sign < 0) {
            (0, false) => "",
            (0, true) => "−",
            (_, false) => "+ ",
            (_, true) => "− ",
        };
        formula += &format!(" {sign}{factor} {factor}ᵀ");
    }
    formula
}

#[cfg(test)]
mod tests {
    use super::FactorizationKind;

    #[test]
    fn formulas_name_every_factor() {
        let gram = |signs: &[i8]| FactorizationKind::Gram { signs: signs.to_vec() }.formula();
        assert_eq!(gram(&[1]), "X = U Uᵀ");
        assert_eq!(gram(&[1, -1]), "X = U1 U1ᵀ − U2 U2ᵀ");
    }

    #[test]
    fn a_kind_is_serialized_by_its_name() {
        let kinds = [
            FactorizationKind::LeftRight,
            FactorizationKind::Gram { signs: vec![1] },
            FactorizationKind::Chain,
            FactorizationKind::Hadamard,
        ];
        for kind in kinds {
            let text = serde_json::to_string(&kind).expect("plain data");
            assert!(text.starts_with(&format!("{{\"kind\":\"{}\"", kind.name())), "{text}");
        }
    }
}
