/// Whether all numbers are finite, checked every few steps of a run and therefore without a branch per number: a number that
/// is not finite times zero is not zero, and neither is a sum it enters.
pub(crate) fn all_finite(numbers: &[f64]) -> bool {
    const TOGETHER: usize = 16;
    let mut sums = [0.0; TOGETHER];
    let (groups, rest) = numbers.as_chunks::<TOGETHER>();
    for group in groups {
        for (sum, x) in sums.iter_mut().zip(group) {
            *sum += x * 0.0;
        }
    }
    sums.iter().sum::<f64>() == 0.0 && rest.iter().all(|x| x.is_finite())
}

#[cfg(test)]
mod tests {
    use super::all_finite;

    #[test]
    fn one_number_is_found_wherever_it_is() {
        for length in [0, 1, 15, 16, 17, 40, 64] {
            let mut numbers = vec![-1e300; length];
            assert!(all_finite(&numbers));
            for i in 0..length {
                for culprit in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                    numbers[i] = culprit;
                    assert!(!all_finite(&numbers), "{culprit} at {i} of {length}");
                }
                numbers[i] = -0.0;
            }
        }
    }
}
