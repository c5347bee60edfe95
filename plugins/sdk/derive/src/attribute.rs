use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Result};

use crate::literal;

/// What stands in `#[hyper(…)]`, not yet held against the field's type.
#[derive(Default)]
pub(crate) struct Hyper {
    pub(crate) default: Option<Expr>,
    pub(crate) min: Option<Expr>,
    pub(crate) max: Option<Expr>,
    pub(crate) above: Option<Expr>,
    pub(crate) choices: Option<Expr>,
    pub(crate) unit: Option<Expr>,
    pub(crate) log_scale: bool,
}

const KNOWN: &str = "`default`, `min`, `max`, `above`, `scale`, `choices`, `unit`";

impl Hyper {
    pub(crate) fn parse(attribute: &Attribute) -> Result<Self> {
        let mut hyper = Hyper::default();
        let mut scale = None;
        attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            let slot = match name.as_str() {
                "default" => &mut hyper.default,
                "min" => &mut hyper.min,
                "max" => &mut hyper.max,
                "above" => &mut hyper.above,
                "choices" => &mut hyper.choices,
                "unit" => &mut hyper.unit,
                "scale" => &mut scale,
                _ => return Err(meta.error(format!("unknown attribute `{name}` (known: {KNOWN})"))),
            };
            if slot.is_some() {
                return Err(meta.error(format!("`{name}` is given twice")));
            }
            *slot = Some(meta.value()?.parse()?);
            Ok(())
        })?;
        if let Some(scale) = scale {
            hyper.log_scale = match literal::text(&scale)?.as_str() {
                "log" => true,
                "linear" => false,
                _ => return Err(Error::new(scale.span(), "`scale` is \"log\" or \"linear\"")),
            };
        }
        if let (Some(_), Some(above)) = (&hyper.min, &hyper.above) {
            return Err(Error::new(above.span(), "give `min` (inclusive) or `above` (exclusive), not both"));
        }
        Ok(hyper)
    }

    /// Refuses attributes that mean nothing for the field's type.
    pub(crate) fn refuse(&self, type_name: &str, names: &[&str]) -> Result<()> {
        let given = [
            ("min", &self.min),
            ("max", &self.max),
            ("above", &self.above),
            ("choices", &self.choices),
            ("unit", &self.unit),
        ];
        for (name, expr) in given {
            if let Some(expr) = expr
                && names.contains(&name)
            {
                return Err(Error::new(expr.span(), format!("`{name}` means nothing for a `{type_name}`")));
            }
        }
        Ok(())
    }
}
