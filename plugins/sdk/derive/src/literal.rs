use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Lit, Result, UnOp};

/// A number that may be written as an integer, with a sign, or in parentheses.
pub(crate) fn real(expr: &Expr) -> Result<f64> {
    let value = match expr {
        Expr::Lit(ExprLit { lit: Lit::Float(x), .. }) => x.base10_parse::<f64>()?,
        Expr::Lit(ExprLit { lit: Lit::Int(n), .. }) => n.base10_parse::<f64>()?,
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => -real(&unary.expr)?,
        Expr::Paren(inner) => real(&inner.expr)?,
        Expr::Group(inner) => real(&inner.expr)?,
        _ => return Err(Error::new(expr.span(), "expected a number")),
    };
    if value.is_finite() { Ok(value) } else { Err(Error::new(expr.span(), "expected a finite number")) }
}

/// A whole number.
pub(crate) fn integer(expr: &Expr) -> Result<i64> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(n), .. }) => n.base10_parse(),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => Ok(-integer(&unary.expr)?),
        Expr::Paren(inner) => integer(&inner.expr),
        Expr::Group(inner) => integer(&inner.expr),
        _ => Err(Error::new(expr.span(), "expected a whole number")),
    }
}

/// `true` or `false`.
pub(crate) fn boolean(expr: &Expr) -> Result<bool> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Bool(b), .. }) => Ok(b.value),
        Expr::Group(inner) => boolean(&inner.expr),
        _ => Err(Error::new(expr.span(), "expected `true` or `false`")),
    }
}

/// A string.
pub(crate) fn text(expr: &Expr) -> Result<String> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.value()),
        Expr::Group(inner) => text(&inner.expr),
        _ => Err(Error::new(expr.span(), "expected a string")),
    }
}

/// A schedule as written: its shape and numbers.
pub(crate) struct ScheduleLiteral {
    /// Name of the constructor in the SDK.
    pub(crate) shape: &'static str,
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) until: f64,
}

const SHAPES: [&str; 3] = ["linear", "geometric", "cosine"];

/// `x`, `constant(x)`, or `linear | geometric | cosine (from, to[, until])`.
pub(crate) fn schedule(expr: &Expr) -> Result<ScheduleLiteral> {
    let Expr::Call(call) = expr else {
        let value = real(expr)?;
        return Ok(ScheduleLiteral { shape: "constant", from: value, to: value, until: 1.0 });
    };
    let name = match &*call.func {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    }
    .unwrap_or_default();
    let numbers = call.args.iter().map(real).collect::<Result<Vec<_>>>()?;
    if name == "constant" && numbers.len() == 1 {
        return Ok(ScheduleLiteral { shape: "constant", from: numbers[0], to: numbers[0], until: 1.0 });
    }
    let shape = SHAPES.into_iter().find(|shape| *shape == name);
    let (Some(shape), 2 | 3) = (shape, numbers.len()) else {
        return Err(Error::new(
            expr.span(),
            "expected a number, `constant(x)`, or `linear`, `geometric` or `cosine` of `(from, to)` or `(from, to, until)`",
        ));
    };
    let until = numbers.get(2).copied().unwrap_or(1.0);
    if !(until > 0.0 && until <= 1.0) {
        return Err(Error::new(call.args[2].span(), "`until` is a fraction of the budget in (0, 1]"));
    }
    if shape == "geometric" && (numbers[0] <= 0.0 || numbers[1] <= 0.0) {
        return Err(Error::new(expr.span(), "both ends of a geometric schedule are > 0"));
    }
    Ok(ScheduleLiteral { shape, from: numbers[0], to: numbers[1], until })
}
