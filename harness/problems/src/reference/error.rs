use std::fmt;

/// What the index of an unobserved direction counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Rows of X.
    Row,
    /// Columns of X.
    Column,
    /// Entries of a vector.
    Coordinate,
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Axis::Row => "row",
            Axis::Column => "column",
            Axis::Coordinate => "coordinate",
        })
    }
}

/// Why a reference does not exist or could not be computed. The message is the reason a record gives for skipping it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReferenceError {
    /// The instance says so itself.
    #[error("{reason}")]
    IllPosed {
        /// What is missing.
        reason: String,
    },
    /// No measurement touches a row, column or coordinate, so the flatness of X does not depend on it.
    #[error("{axis} {index} is unobserved: the flattest point is ill-posed (take more measurements)")]
    Unobserved {
        /// Direction that is unobserved.
        axis: Axis,
        /// Its index, from 0.
        index: usize,
    },
    /// The weight matrix is singular although every row or column is touched.
    #[error(
        "the {axis} weight has rank {rank} of {dimension}: the flattest point is ill-posed (take more measurements)"
    )]
    SingularWeight {
        /// Side of the weight.
        axis: Axis,
        /// Numerical rank.
        rank: usize,
        /// Size.
        dimension: usize,
    },
    /// Array sizes that do not belong together.
    #[error("{what}: expected {expected}, found {found} (pass arrays of one problem)")]
    Shape {
        /// Which size.
        what: &'static str,
        /// Size that fits the others.
        expected: usize,
        /// Size that was given.
        found: usize,
    },
    /// An observed entry outside the matrix.
    #[error("{axis} {index} of an entry is outside the matrix (use indices from 0 below {size})")]
    Entry {
        /// Which index.
        axis: Axis,
        /// Its value.
        index: usize,
        /// Rows or columns of the matrix.
        size: usize,
    },
    /// A parameter outside its range.
    #[error("{name} = {value} is out of range ({rule})")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range.
        rule: &'static str,
    },
    /// No X fits the targets: dependent measurements that contradict each other.
    #[error(
        "no zero-loss point exists, relative residual {residual:.1e} (remove the noise or the dependent measurements)"
    )]
    Inconsistent {
        /// Smallest possible residual over the norm of the targets.
        residual: f64,
    },
    /// Fewer degrees of freedom than measurements, and no zero-loss point known: with noise, or with a truth of higher rank than the
    /// factors make, there is none.
    #[error(
        "no zero-loss point can be expected: X has {freedom} degrees of freedom at this width for {measurements} \
         measurements with noise, or of a truth of higher rank (widen the factors, take fewer measurements, or remove the noise of the \
         case or the tail of its truth)"
    )]
    Overdetermined {
        /// Dimension of the set of matrices that the factors make.
        freedom: usize,
        /// Number of measurements.
        measurements: usize,
    },
    /// As [`Overdetermined`](Self::Overdetermined), for data of which nobody knows the truth: noise is not what one could leave out.
    #[error(
        "no zero-loss point can be expected: X has {freedom} degrees of freedom at this width for {measurements} \
         measurements from data (take a larger factor_rank)"
    )]
    OverdeterminedData {
        /// Dimension of the set of matrices that the factors make.
        freedom: usize,
        /// Number of measurements.
        measurements: usize,
    },
    /// No positive semidefinite X fits the targets: with noise there may be none, and some targets exclude it at sight.
    #[error("no positive semidefinite X was found that fits (remove the noise)")]
    NotSemidefinite,
    /// A NaN or infinity in the data.
    #[error("{what} contains a value that is not finite (check the data)")]
    NotFinite {
        /// Which array.
        what: &'static str,
    },
    /// A singular value or eigenvalue decomposition failed.
    #[error("the {what} did not converge (check the scale of the data)")]
    Decomposition {
        /// Which one.
        what: &'static str,
    },
}
