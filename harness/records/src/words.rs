/// Defines a choice among a few, with the one word for each that stands in files, tables and messages.
///
/// Gives the enum its serde form, `ALL` in the order of the definition, `name`, `Display` and `FromStr`.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $Name:ident {
            $($(#[$about:meta])* $Choice:ident = $word:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $Name {
            $($(#[$about])* #[serde(rename = $word)] $Choice,)+
        }

        impl $Name {
            /// Every one, in the order of the definition.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$Choice),+];

            /// The word for it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Choice => $word,)+
                }
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $Name {
            type Err = String;

            /// By its word.
            fn from_str(word: &str) -> Result<Self, String> {
                let found = Self::ALL.into_iter().find(|choice| choice.name() == word);
                found.ok_or_else(|| format!("expected {}", Self::ALL.map(Self::name).join(" or ")))
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use crate::protocol::Tier;
    use crate::{Init, LimitState, Outcome, Point, Quantity, Rule, Shape, Solution, Split, Termination, Unit};

    /// The word in files is the name, for every choice.
    macro_rules! check {
        ($($Name:ident),+) => {
            $(for choice in $Name::ALL {
                let text = serde_json::to_string(&choice).expect("a word");
                assert_eq!(text, format!("\"{choice}\""));
                assert_eq!(serde_json::from_str::<$Name>(&text).expect("a word"), choice);
                assert_eq!(choice.name().parse(), Ok(choice));
            })+
        };
    }

    #[test]
    fn a_choice_has_one_word() {
        check!(Outcome, Termination, Split, LimitState, Init, Tier, Point, Quantity, Rule, Shape, Solution, Unit);
        assert_eq!("tiny".parse::<Init>(), Err("expected large or small or scaled or spectral or given".to_owned()));
        assert_eq!(format!("{:<6}|", Init::Large), "large |");
    }
}
