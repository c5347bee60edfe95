//! Curves with no more corners than an eye can tell.

use super::chart::Chart;
use crate::canvas::px;

/// Largest distance in pixels between a curve and what is drawn of it.
const TOLERANCE: f64 = 0.25;

/// The points of a curve that its drawing needs: Douglas and Peucker (1973), first and last kept.
pub(super) fn thinned(chart: &Chart, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let area = chart.plotting_area();
    let places: Vec<(f64, f64)> = points
        .iter()
        .map(|point| {
            let (x, y) = area.map_coordinate(point);
            (f64::from(x), f64::from(y))
        })
        .collect();
    needed(&places, f64::from(px(1.0)) * TOLERANCE).into_iter().map(|i| points[i]).collect()
}

/// Indices of the points that keep every other within `tolerance` of the line.
fn needed(places: &[(f64, f64)], tolerance: f64) -> Vec<usize> {
    let mut keep = vec![false; places.len()];
    let mut spans = vec![(0, places.len().saturating_sub(1))];
    while let Some((first, last)) = spans.pop() {
        for end in [first, last] {
            if let Some(kept) = keep.get_mut(end) {
                *kept = true;
            }
        }
        let distance = |i: usize| to_segment(places[i], places[first], places[last]);
        let farthest = (first + 1..last).max_by(|a, b| distance(*a).total_cmp(&distance(*b)));
        if let Some(middle) = farthest.filter(|i| distance(*i) > tolerance) {
            spans.extend([(first, middle), (middle, last)]);
        }
    }
    (0..places.len()).filter(|i| keep[*i]).collect()
}

fn to_segment(point: (f64, f64), a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let squared = dx * dx + dy * dy;
    let along = if squared > 0.0 { ((point.0 - a.0) * dx + (point.1 - a.1) * dy) / squared } else { 0.0 };
    let along = along.clamp(0.0, 1.0);
    (point.0 - a.0 - along * dx).hypot(point.1 - a.1 - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_stretches_need_their_ends_only() {
        let bent: Vec<(f64, f64)> = (0..20).map(|i| (f64::from(i), f64::from((i - 10).max(0)) * 3.0)).collect();
        assert_eq!(needed(&bent, 0.1), [0, 10, 19]);
    }

    #[test]
    fn nothing_is_further_off_than_the_tolerance() {
        let wave: Vec<(f64, f64)> =
            (0..200).map(|i| (f64::from(i) * 10.0, (f64::from(i) * 0.3).sin() * 400.0)).collect();
        let kept = needed(&wave, 2.5);
        assert!(kept.len() < wave.len() && kept.len() > 20, "{}", kept.len());
        for span in kept.windows(2) {
            assert!((span[0]..span[1]).all(|i| to_segment(wave[i], wave[span[0]], wave[span[1]]) <= 2.5));
        }
    }

    #[test]
    fn few_points_stay() {
        assert_eq!(needed(&[], 1.0), [0_usize; 0]);
        assert_eq!(needed(&[(1.0, 2.0)], 1.0), [0]);
        assert_eq!(needed(&[(1.0, 2.0), (1.0, 2.0), (1.0, 2.0)], 1.0), [0, 2]);
    }
}
