use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Data, DataStruct, DeriveInput, Error, Fields, Result};

use crate::doc::doc_comment;
use crate::field::{Role, read};

/// Writes the implementation of `Hyperparameters`, or all mistakes found.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let mut mistakes = Mistakes(None);
    let ident = &input.ident;
    let description = doc_comment(&input.attrs);
    if description.is_empty() {
        let message = format!("`{ident}` has no description (a doc comment above it says what the optimizer does)");
        mistakes.add(Error::new(ident.span(), message));
    }
    if !input.generics.params.is_empty() {
        mistakes.add(Error::new(input.generics.span(), "an exported optimizer cannot be generic"));
    }
    let none = Fields::Unit;
    let fields = match &input.data {
        Data::Struct(DataStruct { fields: fields @ (Fields::Named(_) | Fields::Unit), .. }) => fields,
        _ => {
            mistakes.add(Error::new(ident.span(), "`Hyperparameters` is derived for structs with named fields"));
            &none
        }
    };

    let (mut schema, mut build, mut schedules) = (Vec::new(), Vec::new(), Vec::new());
    for field in fields {
        let ident = field.ident.as_ref().expect("the fields are named");
        match read(field, ident) {
            Ok(Role::State) => build.push(quote!(#ident: ::std::default::Default::default())),
            Ok(Role::Hyper { name, schema: entry, scheduled }) => {
                schema.push(entry);
                build.push(quote!(#ident: values.take(#name)?));
                if scheduled {
                    schedules.push(quote!((#name, &self.#ident)));
                }
            }
            Err(mistake) => mistakes.add(mistake),
        }
    }
    mistakes.result()?;

    let values =
        syn::Ident::new(if build.is_empty() || schema.is_empty() { "_values" } else { "values" }, Span::call_site());
    Ok(quote! {
        #[automatically_derived]
        impl ::flatbench_plugin::Hyperparameters for #ident {
            const DESCRIPTION: &'static str = #description;

            fn schema() -> ::std::vec::Vec<::flatbench_plugin::schema::Hyperparameter> {
                ::std::vec![#(#schema),*]
            }

            fn from_values(#values: &mut ::flatbench_plugin::Values) -> ::flatbench_plugin::Result<Self> {
                ::std::result::Result::Ok(Self { #(#build),* })
            }

            fn schedules(&self) -> ::std::vec::Vec<(&'static str, &::flatbench_plugin::Schedule)> {
                ::std::vec![#(#schedules),*]
            }
        }
    })
}

/// The mistakes, and an implementation that is never used: without one, whatever needs it would be an error too.
pub(crate) fn refused(input: &DeriveInput, mistakes: &Error) -> TokenStream {
    let (ident, errors) = (&input.ident, mistakes.to_compile_error());
    let (generics, arguments, conditions) = input.generics.split_for_impl();
    quote! {
        #errors

        #[automatically_derived]
        impl #generics ::flatbench_plugin::Hyperparameters for #ident #arguments #conditions {
            const DESCRIPTION: &'static str = "";

            fn schema() -> ::std::vec::Vec<::flatbench_plugin::schema::Hyperparameter> {
                ::std::vec::Vec::new()
            }

            fn from_values(_: &mut ::flatbench_plugin::Values) -> ::flatbench_plugin::Result<Self> {
                ::std::unreachable!()
            }

            fn schedules(&self) -> ::std::vec::Vec<(&'static str, &::flatbench_plugin::Schedule)> {
                ::std::vec::Vec::new()
            }
        }
    }
}

/// All mistakes, so that one compilation shows them together.
struct Mistakes(Option<Error>);

impl Mistakes {
    fn add(&mut self, mistake: Error) {
        match &mut self.0 {
            Some(all) => all.combine(mistake),
            none => *none = Some(mistake),
        }
    }

    fn result(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages for a struct with the given fields.
    fn mistakes(fields: &str) -> Vec<String> {
        let input = syn::parse_str(&format!("/// Described.\nstruct Method {{ {fields} }}")).expect("the input parses");
        expand(&input).err().into_iter().flatten().map(|mistake| mistake.to_string()).collect()
    }

    #[track_caller]
    fn assert_mistake(fields: &str, expected: &str) {
        let found = mistakes(fields);
        assert!(found.len() == 1 && found[0].contains(expected), "expected {expected:?}, found {found:?}");
    }

    #[test]
    fn accepts_every_type() {
        let fields = r#"
            /// A.
            #[hyper(default = -0.5, min = -1.0, max = 1)] a: f64,
            /// B.
            #[hyper(default = 16, min = 1)] b: usize,
            /// C.
            #[hyper(default = geometric(1e-1, 1e-7, 0.5), above = 0.0, scale = "log")] c: Schedule,
            /// D.
            #[hyper(default = "x", choices = ["x", "y"])] d: String,
            /// E.
            #[hyper(default = true)] e: bool,
            /// F.
            #[hyper(default = 0.5, unit = "1/lambda_max")] f: Schedule,
            #[state] g: Vec<u8>,
        "#;
        assert_eq!(mistakes(fields), Vec::<String>::new());
    }

    #[test]
    fn names_each_mistake() {
        assert_mistake("a: f64", "`a` is neither a hyper-parameter nor state");
        assert_mistake("/// A.\n#[hyper(min = 0.0)] a: f64", "`a` has no default");
        assert_mistake("#[hyper(default = 0.0)] a: f64", "`a` has no description");
        assert_mistake("/// A.\n#[hyper(default = 1.0, minimum = 0.0)] a: f64", "unknown attribute `minimum`");
        assert_mistake("/// A.\n#[hyper(default = 1.0)] a: f32", "cannot have this type");
        assert_mistake("/// A.\n#[hyper(default = 2.0, max = 1.0)] a: f64", "default 2 is outside");
        assert_mistake("/// A.\n#[hyper(default = 0.0, above = 0.0)] a: f64", "default 0 is outside");
        assert_mistake("/// A.\n#[hyper(default = linear(0.5, 2.0), max = 1.0)] a: Schedule", "default 2 is outside");
        assert_mistake("/// A.\n#[hyper(default = geometric(1.0, 0.0))] a: Schedule", "both ends of a geometric");
        assert_mistake("/// A.\n#[hyper(default = linear(1.0, 0.0, 2.0))] a: Schedule", "`until` is a fraction");
        assert_mistake("/// A.\n#[hyper(default = wavy(1.0, 0.0))] a: Schedule", "expected a number, `constant(x)`");
        assert_mistake("/// A.\n#[hyper(default = 1.5)] a: usize", "expected a whole number");
        assert_mistake("/// A.\n#[hyper(default = -1)] a: usize", "default -1 is outside");
        assert_mistake("/// A.\n#[hyper(default = \"x\")] a: String", "needs its allowed words");
        assert_mistake("/// A.\n#[hyper(default = \"z\", choices = [\"x\"])] a: String", "not among the choices");
        assert_mistake("/// A.\n#[hyper(default = true, min = 0)] a: bool", "`min` means nothing for a `bool`");
        assert_mistake("/// A.\n#[hyper(default = 1.0)] #[state] a: f64", "exactly one of");
        assert_mistake("/// A.\n#[hyper(default = 1.0, scale = \"cubic\")] a: f64", "`scale` is");
        assert_mistake("/// A.\n#[hyper(default = 1.0, min = 0.0, above = 0.0)] a: f64", "not both");
    }

    #[test]
    fn shows_all_mistakes_together() {
        assert_eq!(mistakes("a: f64, b: f64").len(), 2);
    }

    #[test]
    fn wants_a_described_plain_struct() {
        let input = syn::parse_str("struct Method<T>(T);").expect("the input parses");
        let found: Vec<_> = expand(&input).expect_err("it is wrong").into_iter().map(|m| m.to_string()).collect();
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
