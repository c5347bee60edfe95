use std::io::{Cursor, Write};

use flatbench_records::Points;
use ndarray::{ArrayView1, ArrayView2};
use ndarray_npy::WriteNpyExt;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Bytes from which an entry of an archive needs longer fields.
const LARGE: usize = u32::MAX as usize - 4096;

/// The parameters of a run as a NumPy archive. For each point it holds w, of the name of the point, and the factors that w is made
/// of as matrices: `iterate`, `iterate_L`, `iterate_R`. Equal parameters make equal bytes.
///
/// # Errors
/// No memory, or numbers that do not fit their factors.
pub fn archive(points: &Points) -> std::io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (point, w) in &points.w {
        begin(&mut zip, point.name(), w.len())?;
        ArrayView1::from(w.as_slice()).write_npy(&mut zip).map_err(std::io::Error::other)?;
        let mut rest = w.as_slice();
        for factor in &points.factors {
            let split = factor.rows.checked_mul(factor.cols).and_then(|length| rest.split_at_checked(length));
            let Some((entries, others)) = split else {
                return Err(std::io::Error::other("the parameters end within a factor"));
            };
            rest = others;
            begin(&mut zip, &format!("{point}_{}", factor.name), entries.len())?;
            let matrix = ArrayView2::from_shape((factor.rows, factor.cols), entries).map_err(std::io::Error::other)?;
            matrix.write_npy(&mut zip).map_err(std::io::Error::other)?;
        }
    }
    Ok(zip.finish().map_err(std::io::Error::other)?.into_inner())
}

/// Begins the array of a name. Digits of measured numbers do not compress, and stored ones can be mapped.
fn begin<W: Write + std::io::Seek>(zip: &mut ZipWriter<W>, name: &str, numbers: usize) -> std::io::Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .large_file(numbers >= LARGE / size_of::<f64>());
    zip.start_file(format!("{name}.npy"), options).map_err(std::io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read;

    use flatbench_records::{Factor, Point};
    use ndarray::{Array1, Array2};
    use ndarray_npy::ReadNpyExt;

    use super::*;

    #[test]
    fn an_archive_holds_every_bit_of_every_point_and_is_the_same_every_time() {
        let factor = |name: &str, rows, cols| Factor { name: name.to_owned(), rows, cols };
        let w: Vec<f64> = vec![0.1, -0.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE / 4.0, 6.0, 7.0];
        let factors = vec![factor("L", 2, 3), factor("v", 1, 1)];
        let points = Points { factors, w: BTreeMap::from([(Point::Start, vec![0.0; 7]), (Point::Limit, w.clone())]) };
        let bytes = archive(&points).unwrap();
        assert_eq!(bytes, archive(&points).unwrap());
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut npy = |name: &str| {
            let mut bytes = Vec::new();
            zip.by_name(&format!("{name}.npy")).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        let of = |w: &[f64]| w.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let whole = Array1::<f64>::read_npy(npy("limit").as_slice()).unwrap();
        assert_eq!(of(whole.as_slice().unwrap()), of(&w));
        let matrix = Array2::<f64>::read_npy(npy("limit_L").as_slice()).unwrap();
        assert_eq!((matrix.dim(), of(matrix.as_slice().unwrap())), ((2, 3), of(&w[..6])));
        assert_eq!(Array2::<f64>::read_npy(npy("limit_v").as_slice()).unwrap(), ndarray::array![[7.0_f64]]);
        assert_eq!(Array2::<f64>::read_npy(npy("start_L").as_slice()).unwrap(), Array2::<f64>::zeros((2, 3)));

        let short = Points { w: BTreeMap::from([(Point::Start, vec![0.0; 6])]), ..points };
        assert!(archive(&short).unwrap_err().to_string().contains("within a factor"));
    }
}
