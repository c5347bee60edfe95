//! The layout of the interface as text, held against the committed description.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use abi_stable::StableAbi;
use abi_stable::type_layout::{TLData, TLField, TypeLayout};

use super::INTERFACE_VERSION;
use super::error::{InterfaceError, kind};
use super::module::PluginModuleRef;
use super::question::number;
use super::step;

/// Every type that is reachable from the root module: size, alignment, fields in order with their types; functions with their
/// parameters.
fn describe() -> String {
    // abi_stable compares the version of the types' crate as well: see the rules.
    let (major, minor) = (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
    let krate = if major == "0" { format!("0.{minor}") } else { major.to_owned() };
    let mut text = format!("interface {INTERFACE_VERSION}, types of flatbench-plugin {krate}, {}-bit\n", usize::BITS);
    let (mut seen, mut todo) =
        (HashSet::new(), vec![<PluginModuleRef as StableAbi>::LAYOUT, <InterfaceError as StableAbi>::LAYOUT]);
    let mut types = Vec::new();
    while let Some(layout) = todo.pop() {
        if !seen.insert(layout.get_utypeid()) {
            continue;
        }
        // Pointers and containers say all there is about them where they occur.
        if is_own(layout) {
            types.push(type_text(layout));
        }
        todo.extend(neighbours(layout));
    }
    types.sort();
    text.extend(types);
    let words = [
        ("error other", kind::OTHER),
        ("error not supported", kind::NOT_SUPPORTED),
        ("error budget", kind::BUDGET),
        ("error panicked", kind::PANICKED),
        ("step continue", step::CONTINUE),
        ("step converged", step::CONVERGED),
        ("question loss", number::LOSS),
        ("question gradient", number::GRADIENT),
        ("question minibatch gradient", number::MINIBATCH_GRADIENT),
        ("question perturbed gradient", number::PERTURBED_GRADIENT),
        ("question hessian vector", number::HESSIAN_VECTOR),
        ("question trace", number::TRACE),
        ("question trace gradient", number::TRACE_GRADIENT),
        ("question losses along", number::LOSSES_ALONG),
        ("question residuals", number::RESIDUALS),
        ("question jacobian vector", number::JACOBIAN_VECTOR),
        ("question jacobian transpose vector", number::JACOBIAN_TRANSPOSE_VECTOR),
        ("question gauss newton vector", number::GAUSS_NEWTON_VECTOR),
        ("question trace by block", number::TRACE_BY_BLOCK),
        ("question lambda max", number::LAMBDA_MAX),
        ("question weighted trace gradient", number::WEIGHTED_TRACE_GRADIENT),
        ("question minibatch loss", number::MINIBATCH_LOSS),
        ("question minibatch hessian vector", number::MINIBATCH_HESSIAN_VECTOR),
        ("question minibatch residuals", number::MINIBATCH_RESIDUALS),
        ("question curvature gradient", number::CURVATURE_GRADIENT),
        ("question relative flatness", number::RELATIVE_FLATNESS),
        ("question relative flatness gradient", number::RELATIVE_FLATNESS_GRADIENT),
    ];
    for (word, number) in words {
        writeln!(text, "word {word} = {number}").expect("a string can be written to");
    }
    text
}

fn is_own(layout: &TypeLayout) -> bool {
    layout.package() == env!("CARGO_PKG_NAME")
}

fn fields(layout: &TypeLayout) -> Vec<TLField> {
    match layout.data() {
        TLData::Struct { fields } | TLData::Union { fields } => fields.to_vec(),
        TLData::Enum(data) => data.fields.to_vec(),
        TLData::PrefixType(data) => data.fields.to_vec(),
        TLData::Primitive(_) | TLData::Opaque => Vec::new(),
    }
}

/// Types that occur in a type: its fields, parameters and results, generic arguments, and what a reference leads to.
fn neighbours(layout: &'static TypeLayout) -> Vec<&'static TypeLayout> {
    let mut found: Vec<_> = layout.generics().type_params().iter().map(|argument| argument()).collect();
    for field in fields(layout) {
        found.push(field.layout());
        for function in field.function_range().iter() {
            found.extend(function.param_type_layouts.iter().map(|layout| layout()));
            found.extend(function.return_type_layout().map(|layout| layout()));
        }
    }
    found.extend(layout.phantom_fields().iter().map(|field| field.layout()));
    found
}

fn type_text(layout: &'static TypeLayout) -> String {
    let mut text = format!("{}: size {}, align {}\n", name(layout), layout.size(), layout.alignment());
    let mut line =
        |indent: usize, content: String| writeln!(text, "{:indent$}{content}", "").expect("a string can be written to");
    match layout.data() {
        TLData::Enum(data) => {
            let mut fields = data.fields.iter();
            let counts = data.field_count.as_slice();
            for (variant, count) in data.variant_names_iter().zip(counts) {
                let contents: Vec<_> =
                    fields.by_ref().take(usize::from(*count)).map(|field| field_text(&field)).collect();
                line(2, format!("{variant}({})", contents.join(", ")));
            }
        }
        TLData::PrefixType(data) => {
            line(2, format!("grows after the first {} fields", data.first_suffix_field));
            data.fields.iter().for_each(|field| line(2, field_text(&field)));
        }
        _ => fields(layout).iter().for_each(|field| line(2, field_text(field))),
    }
    text
}

/// The name of a type with what it contains: abi_stable's own names leave the arguments out.
fn name(layout: &'static TypeLayout) -> String {
    let arguments = match layout.name() {
        "RResult" | "ROption" => fields(layout).iter().map(|field| name(field.layout())).collect::<Vec<_>>().join(", "),
        "RVec" | "RSlice" | "RSliceMut" => element(layout).unwrap_or_default(),
        "PrefixRef" => return layout.full_type().to_string(),
        _ => return layout.full_type().to_string().trim().to_owned(),
    };
    format!("{}<{arguments}>", layout.name())
}

/// What a container holds: the target of the first typed pointer in it.
fn element(layout: &'static TypeLayout) -> Option<String> {
    let inner =
        fields(layout).iter().chain(layout.phantom_fields().to_vec().iter()).map(TLField::layout).collect::<Vec<_>>();
    inner.iter().find_map(|layout| match layout.data() {
        TLData::Primitive(_) => {
            let targets: Vec<_> =
                layout.phantom_fields().iter().chain(fields(layout)).map(|field| name(field.layout())).collect();
            targets.into_iter().find(|target| target != "()")
        }
        TLData::Struct { .. } => element(layout),
        _ => None,
    })
}

fn field_text(field: &TLField) -> String {
    if !field.is_function() {
        return format!("{}: {}", field.name(), name(field.layout()));
    }
    let functions = field.function_range();
    let texts = functions.iter().map(|function| {
        let names = function.param_names.split([',', ';']).filter(|name| !name.is_empty());
        let types = function.param_type_layouts.iter().map(|layout| name(layout()));
        let parameters: Vec<_> = names.zip(types).map(|(name, its_type)| format!("{name}: {its_type}")).collect();
        let result = function.return_type_layout().map_or("()".to_owned(), |layout| name(layout()));
        format!("({}) -> {result}", parameters.join(", "))
    });
    format!("{}: {}", field.name(), texts.collect::<Vec<_>>().join("; "))
}

#[test]
fn the_interface_is_the_committed_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/interface/layout-{INTERFACE_VERSION}.txt"));
    let found = describe();
    if std::env::var_os("FLATBENCH_WRITE_GOLDEN").is_some() && !file.exists() {
        std::fs::write(&file, &found).expect("the folder can be written to");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == committed,
        "the plugin interface is not the one that is committed as {INTERFACE_VERSION}: give it a new version by the rules in \
         interface/mod.rs and run this test once with FLATBENCH_WRITE_GOLDEN=1\n{found}"
    );
}
