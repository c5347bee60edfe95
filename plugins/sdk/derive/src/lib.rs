//! The derive macro behind `flatbench_plugin::Hyperparameters`.
//!
//! `attribute` reads `#[hyper(…)]`, `literal` the values in it, `field` turns a field into its schema, and
//! `expand` writes the implementation. Every mistake is an error at the place where it was made.

mod attribute;
mod doc;
mod expand;
mod field;
mod literal;

/// Reads hyper-parameters from a struct: see the trait of the same name in `flatbench_plugin`.
#[proc_macro_derive(Hyperparameters, attributes(hyper, state))]
pub fn derive_hyperparameters(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::expand(&input).unwrap_or_else(|mistakes| expand::refused(&input, &mistakes)).into()
}
