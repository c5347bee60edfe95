use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprArray, Field, Result, Type};

use crate::attribute::Hyper;
use crate::doc::doc_comment;
use crate::literal;

/// A field of the struct, read.
pub(crate) enum Role {
    /// A hyper-parameter: its name, its schema as an expression, and whether it is a schedule.
    Hyper { name: String, schema: TokenStream, scheduled: bool },
    /// State.
    State,
}

const TYPES: &str = "`f64`, `usize`, `u64`, `bool`, `String`, `Schedule`";

/// Reads one field. `ident` is its name.
pub(crate) fn read(field: &Field, ident: &Ident) -> Result<Role> {
    let hyper: Vec<_> = field.attrs.iter().filter(|a| a.path().is_ident("hyper")).collect();
    let state: Vec<_> = field.attrs.iter().filter(|a| a.path().is_ident("state")).collect();
    let attribute = match (hyper.as_slice(), state.as_slice()) {
        ([attribute], []) => attribute,
        ([], [attribute]) => {
            attribute.meta.require_path_only()?;
            return Ok(Role::State);
        }
        ([], []) => {
            let message = format!(
                "`{ident}` is neither a hyper-parameter nor state (mark it `#[hyper(default = …)]` or `#[state]`)"
            );
            return Err(Error::new(ident.span(), message));
        }
        _ => {
            return Err(Error::new(
                ident.span(),
                format!("`{ident}` needs exactly one of `#[hyper(…)]` and `#[state]`"),
            ));
        }
    };
    let hyper = Hyper::parse(attribute)?;
    let description = doc_comment(&field.attrs);
    if description.is_empty() {
        let message = format!("`{ident}` has no description (a doc comment above it is what users read)");
        return Err(Error::new(ident.span(), message));
    }
    let Some(default) = &hyper.default else {
        let message = format!("`{ident}` has no default (add `default = …` to `#[hyper(…)]`)");
        return Err(Error::new(attribute.span(), message));
    };
    let type_name = type_name(&field.ty)?;
    let (kind, value) = match type_name.as_str() {
        "f64" => real(&hyper, default)?,
        "Schedule" => schedule(&hyper, default)?,
        "usize" | "u64" => integer(&hyper, default, &type_name)?,
        "bool" => boolean(&hyper, default)?,
        _ => choice(&hyper, default)?,
    };
    let name = ident.unraw().to_string();
    let unit = unit(&hyper)?;
    let log_scale = hyper.log_scale;
    let schema = quote! {
        ::flatbench_plugin::schema::Hyperparameter {
            name: ::std::string::String::from(#name),
            description: ::std::string::String::from(#description),
            kind: ::flatbench_plugin::schema::Kind::#kind,
            default: ::flatbench_plugin::schema::Value::#value,
            default_unit: ::flatbench_plugin::schema::Unit::#unit,
            log_scale: #log_scale,
        }
    };
    Ok(Role::Hyper { name, schema, scheduled: type_name == "Schedule" })
}

fn type_name(ty: &Type) -> Result<String> {
    let name = match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    };
    name.filter(|name| TYPES.contains(&format!("`{name}`"))).ok_or_else(|| {
        Error::new(
            ty.span(),
            format!("a hyper-parameter cannot have this type (allowed: {TYPES}; state is marked `#[state]`)"),
        )
    })
}

type Pair = (TokenStream, TokenStream);

struct Interval {
    min: Option<f64>,
    max: Option<f64>,
    min_excluded: bool,
}

impl Interval {
    fn read(hyper: &Hyper) -> Result<Self> {
        let min = hyper.min.as_ref().or(hyper.above.as_ref()).map(literal::real).transpose()?;
        let max = hyper.max.as_ref().map(literal::real).transpose()?;
        if let (Some(low), Some(high), Some(expr)) = (min, max, &hyper.max)
            && low > high
        {
            return Err(Error::new(expr.span(), "`max` is below the lower end"));
        }
        Ok(Interval { min, max, min_excluded: hyper.above.is_some() })
    }

    fn check(&self, x: f64, place: &Expr) -> Result<()> {
        let low = self.min.is_some_and(|min| x < min || (self.min_excluded && x == min));
        if low || self.max.is_some_and(|max| x > max) {
            return Err(Error::new(place.span(), format!("the default {x} is outside the allowed range")));
        }
        Ok(())
    }

    fn tokens(&self) -> TokenStream {
        let end = |end: Option<f64>| match end {
            Some(x) => quote!(::std::option::Option::Some(#x)),
            None => quote!(::std::option::Option::None),
        };
        let (min, max, min_excluded) = (end(self.min), end(self.max), self.min_excluded);
        quote!(::flatbench_plugin::schema::Range { min: #min, max: #max, min_excluded: #min_excluded })
    }
}

fn real(hyper: &Hyper, default: &Expr) -> Result<Pair> {
    hyper.refuse("f64", &["choices", "unit"])?;
    let interval = Interval::read(hyper)?;
    let x = literal::real(default)?;
    interval.check(x, default)?;
    let range = interval.tokens();
    Ok((quote!(Real(#range)), quote!(Real(#x))))
}

fn schedule(hyper: &Hyper, default: &Expr) -> Result<Pair> {
    hyper.refuse("Schedule", &["choices"])?;
    let interval = Interval::read(hyper)?;
    let literal = literal::schedule(default)?;
    interval.check(literal.from, default)?;
    interval.check(literal.to, default)?;
    let (range, constructor) = (interval.tokens(), format_ident!("{}", literal.shape));
    let (from, to, until) = (literal.from, literal.to, literal.until);
    let ends = if literal.shape == "constant" { quote!(#from) } else { quote!(#from, #to) };
    Ok((quote!(Schedule(#range)), quote!(Schedule(::flatbench_plugin::Schedule::#constructor(#ends).until(#until)))))
}

fn integer(hyper: &Hyper, default: &Expr, type_name: &str) -> Result<Pair> {
    hyper.refuse(type_name, &["above", "choices", "unit"])?;
    let min = hyper.min.as_ref().map(literal::integer).transpose()?.unwrap_or(0);
    let max = hyper.max.as_ref().map(literal::integer).transpose()?.unwrap_or(i64::MAX);
    if min < 0 {
        return Err(Error::new(hyper.min.span(), format!("a `{type_name}` is never negative")));
    }
    let n = literal::integer(default)?;
    if !(min..=max).contains(&n) {
        return Err(Error::new(default.span(), format!("the default {n} is outside the allowed range")));
    }
    Ok((quote!(Integer { min: #min, max: #max }), quote!(Integer(#n))))
}

fn boolean(hyper: &Hyper, default: &Expr) -> Result<Pair> {
    hyper.refuse("bool", &["min", "max", "above", "choices", "unit"])?;
    let b = literal::boolean(default)?;
    Ok((quote!(Bool), quote!(Bool(#b))))
}

fn choice(hyper: &Hyper, default: &Expr) -> Result<Pair> {
    hyper.refuse("String", &["min", "max", "above", "unit"])?;
    let Some(Expr::Array(ExprArray { elems, .. })) = &hyper.choices else {
        return Err(Error::new(default.span(), "a `String` needs its allowed words (add `choices = [\"…\", \"…\"]`)"));
    };
    let words = elems.iter().map(literal::text).collect::<Result<Vec<_>>>()?;
    let word = literal::text(default)?;
    if !words.contains(&word) {
        return Err(Error::new(default.span(), format!("the default {word:?} is not among the choices")));
    }
    let list = quote!(::std::vec![#(::std::string::String::from(#words)),*]);
    Ok((quote!(Choice(#list)), quote!(Text(::std::string::String::from(#word)))))
}

fn unit(hyper: &Hyper) -> Result<TokenStream> {
    let Some(unit) = &hyper.unit else { return Ok(quote!(Absolute)) };
    match literal::text(unit)?.as_str() {
        "1/lambda_max" => Ok(quote!(InverseLambdaMax)),
        "absolute" => Ok(quote!(Absolute)),
        _ => Err(Error::new(unit.span(), "`unit` is \"1/lambda_max\" or \"absolute\"")),
    }
}
