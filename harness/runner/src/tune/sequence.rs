/// Points that the sequence has; from there on it begins again.
pub(super) const LENGTH: u32 = 1 << 16;
/// Dimensions that the sequence has; more are taken from sequences of other seeds.
const DIMENSIONS: u32 = 256;

/// Coordinate `dimension` of point `index` of a low-discrepancy sequence in [0, 1): Sobol's, scrambled after Owen by `seed`
/// [burley2020practical]. It depends on nothing else, so that the first points are the same however many are taken, and a
/// coordinate whatever the others are.
pub fn coordinate(index: u32, dimension: u32, seed: u32) -> f64 {
    let seed = seed.wrapping_add(dimension / DIMENSIONS);
    f64::from(sobol_burley::sample(index % LENGTH, dimension % DIMENSIONS, seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_points_are_those_that_they_were() {
        let known = [
            [0.26215362548828125, 0.5368943214416504],
            [0.9713137149810791, 0.46059858798980713],
            [0.6825801134109497, 0.7782303094863892],
            [0.022617220878601074, 0.10112440586090088],
        ];
        let found: Vec<[f64; 2]> = (0..4).map(|index| [coordinate(index, 0, 0), coordinate(index, 1, 0)]).collect();
        assert_eq!(found, known, "trials of earlier studies could not be repeated");
    }

    #[test]
    fn every_power_of_two_of_points_fills_its_cells_once() {
        for (seed, dimension) in [(0, 0), (0, 1), (7, 5), (7, 300)] {
            let mut cells: Vec<usize> = (0..32).map(|i| (32.0 * coordinate(i, dimension, seed)) as usize).collect();
            cells.sort_unstable();
            assert_eq!(cells, (0..32).collect::<Vec<_>>(), "seed {seed}, dimension {dimension}");
        }
        // Two coordinates together: one point in each of 4 × 4 squares.
        let mut squares: Vec<(usize, usize)> =
            (0..16).map(|i| ((4.0 * coordinate(i, 0, 3)) as usize, (4.0 * coordinate(i, 1, 3)) as usize)).collect();
        squares.sort_unstable();
        squares.dedup();
        assert_eq!(squares.len(), 16);
    }

    #[test]
    fn seeds_and_dimensions_differ() {
        let row = |dimension, seed| (0..8).map(|i| coordinate(i, dimension, seed)).collect::<Vec<_>>();
        assert_ne!(row(0, 0), row(0, 1));
        assert_ne!(row(0, 0), row(1, 0));
        assert_ne!(row(1, 0), row(257, 0));
    }
}
