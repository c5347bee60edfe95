//! Level lines of a function on a square grid (marching squares).

/// Pieces of the line on which a function is `level`, in units of the grid: a value lies at each whole number. `values` holds
/// `side` rows of `side` values, the first coordinate along a row.
pub(super) fn level_line(values: &[f64], side: usize, level: f64) -> Vec<[(f64, f64); 2]> {
    let at = |i: usize, j: usize| values[j * side + i] - level;
    let mut out = Vec::new();
    for j in 0..side.saturating_sub(1) {
        for i in 0..side.saturating_sub(1) {
            let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)];
            let crossings: Vec<(f64, f64)> = (0..4)
                .filter_map(|side| {
                    let ((i0, j0), (i1, j1)) = (corners[side], corners[(side + 1) % 4]);
                    let (a, b) = (at(i0, j0), at(i1, j1));
                    if !(a.is_finite() && b.is_finite()) || (a < 0.0) == (b < 0.0) {
                        return None;
                    }
                    let share = a / (a - b);
                    let between = |from: usize, to: usize| from as f64 + share * (to as f64 - from as f64);
                    Some((between(i0, i1), between(j0, j1)))
                })
                .collect();
            // Two crossings are a piece; four, at a saddle, are two that pass each other.
            let pieces = crossings.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
            // A line through a corner of the grid has nothing of its own in cells that it only touches.
            out.extend(pieces.filter(|[a, b]| !near(*a, *b)));
        }
    }
    out
}

/// Whether two points are one, but for rounding.
fn near(a: (f64, f64), b: (f64, f64)) -> bool {
    (a.0 - b.0).abs() + (a.1 - b.1).abs() < 1e-9
}

/// The same pieces joined end to end, as far as they meet.
pub(super) fn joined(mut pieces: Vec<[(f64, f64); 2]>) -> Vec<Vec<(f64, f64)>> {
    let mut out = Vec::new();
    while let Some([first, second]) = pieces.pop() {
        let mut line = std::collections::VecDeque::from([first, second]);
        while let Some(place) = pieces.iter().position(|piece| {
            let ends = [line.front(), line.back()];
            ends.into_iter().flatten().any(|end| piece.iter().any(|point| near(*point, *end)))
        }) {
            let [a, b] = pieces.swap_remove(place);
            match (line.front().copied(), line.back().copied()) {
                (Some(front), _) if near(front, a) => line.push_front(b),
                (Some(front), _) if near(front, b) => line.push_front(a),
                (_, Some(back)) if near(back, a) => line.push_back(b),
                _ => line.push_back(a),
            }
        }
        out.push(line.into());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_one_closed_line_of_its_radius() {
        let side = 41;
        let place = |i: usize| (i as f64 - 20.0) / 10.0;
        let values: Vec<f64> = (0..side * side).map(|n| place(n % side).powi(2) + place(n / side).powi(2)).collect();
        let lines = joined(level_line(&values, side, 1.0));
        assert_eq!(lines.len(), 1);
        assert!(lines[0].len() > 40 && lines[0].first() == lines[0].last());
        for (x, y) in &lines[0] {
            let radius = ((x - 20.0) / 10.0).hypot((y - 20.0) / 10.0);
            assert!((radius - 1.0).abs() < 3e-3, "{radius}");
        }
        assert!(level_line(&values, side, 9.0).is_empty());
    }

    #[test]
    fn at_a_saddle_two_lines_pass_each_other() {
        let pieces = level_line(&[1.0, -1.0, -1.0, 1.0], 2, 0.0);
        assert_eq!(pieces.len(), 2);
        assert_eq!(joined(pieces).len(), 2);
    }
}
