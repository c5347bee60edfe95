use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::bundle::Bundle;
use super::field::Field;

/// Largest bundle, as a part of an equal share, from coarse to fine: few large bundles share more, small ones balance better.
const FINENESS: [u128; 4] = [1, 2, 4, 8];
/// Largest share, as a part of an equal one, that no finer bundles are tried to better.
const GOOD: f64 = 1.03;
/// By how much finer bundles have to better the largest share.
const WORTH: f64 = 0.98;

/// Bundles for each of `count` parts, none empty, so that the most costly part costs little. `fields` have at least `count` runs.
pub(super) fn balanced(fields: &[Field], count: usize) -> Vec<Vec<Bundle>> {
    let whole: Vec<Bundle> = fields.iter().enumerate().map(|(place, field)| Bundle::whole(place, field)).collect();
    let equal = whole.iter().map(|bundle| bundle.cost(&fields[bundle.field])).sum::<u128>() / count.max(1) as u128;
    let mut best: Option<(u128, Vec<Vec<Bundle>>)> = None;
    for fineness in FINENESS {
        let bundles = at_least(count, refined(whole.clone(), (equal / fineness).max(1), fields), fields);
        let (largest, parts) = packed(bundles, count, fields);
        if best.as_ref().is_none_or(|(known, _)| (largest as f64) < WORTH * *known as f64) {
            best = Some((largest, parts));
        }
        if best.as_ref().is_some_and(|(known, _)| *known as f64 <= GOOD * equal as f64) {
            break;
        }
    }
    best.map(|(_, parts)| parts).unwrap_or_default()
}

/// Cuts bundles that cost more than `most`.
fn refined(mut open: Vec<Bundle>, most: u128, fields: &[Field]) -> Vec<Bundle> {
    let mut done = Vec::new();
    while let Some(bundle) = open.pop() {
        let field = &fields[bundle.field];
        let (own, tuning) = (bundle.own_cost(field), bundle.tuning_cost(field));
        if own.saturating_add(tuning) <= most || bundle.runs(field) <= 1 {
            done.push(bundle);
            continue;
        }
        // Pieces that do the same tuning pay where they are no smaller than half of it.
        let one = bundle.optimizers.len() == 1;
        let pieces = match one && tuning > 0 {
            true => own.div_ceil(most.saturating_sub(tuning).max(tuning / 2).max(1)),
            false => (own + tuning).div_ceil(most),
        };
        match usize::try_from(pieces).unwrap_or(usize::MAX) {
            0 | 1 => done.push(bundle),
            pieces => open.extend(bundle.cut(pieces, field)),
        }
    }
    done
}

/// Halves the most costly bundles until there are `count`.
fn at_least(count: usize, bundles: Vec<Bundle>, fields: &[Field]) -> Vec<Bundle> {
    if bundles.len() >= count {
        return bundles;
    }
    let entry = |bundle: Bundle| (bundle.cost(&fields[bundle.field]), bundle);
    let mut open: BinaryHeap<(u128, Bundle)> = bundles.into_iter().map(entry).collect();
    let mut single = Vec::new();
    while open.len() + single.len() < count {
        let Some((_, bundle)) = open.pop() else { break };
        let field = &fields[bundle.field];
        match bundle.runs(field) {
            0 | 1 => single.push(bundle),
            _ => open.extend(bundle.cut(2, field).into_iter().map(entry)),
        }
    }
    single.extend(open.into_iter().map(|(_, bundle)| bundle));
    single
}

/// The most costly bundle first, each to the part that has least: the largest part, and all.
fn packed(bundles: Vec<Bundle>, count: usize, fields: &[Field]) -> (u128, Vec<Vec<Bundle>>) {
    let mut bundles: Vec<(u128, Bundle)> =
        bundles.into_iter().map(|bundle| (bundle.cost(&fields[bundle.field]), bundle)).collect();
    bundles.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut parts = vec![Vec::new(); count];
    let mut loads: BinaryHeap<Reverse<(u128, usize)>> = (0..count).map(|part| Reverse((0, part))).collect();
    let mut largest = 0;
    for (cost, bundle) in bundles {
        let Some(Reverse((load, part))) = loads.pop() else { break };
        parts[part].push(bundle);
        largest = largest.max(load + cost);
        loads.push(Reverse((load + cost, part)));
    }
    (largest, parts)
}
