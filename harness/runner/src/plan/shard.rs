use flatbench_records::Split;

/// One of several parts of a plan that cost about the same, so that several machines can share a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// Part `index` of `count`. Whether one counts 1..=count or 0..count, every part is there once: 0 is part `count`. `None` where
    /// there is no such part.
    pub fn new(index: usize, count: usize) -> Option<Self> {
        let index = if index == 0 { count } else { index };
        (1..=count).contains(&index).then_some(Shard { index, count })
    }

    /// Which part, from 1.
    pub fn index(self) -> usize {
        self.index
    }

    /// Number of parts.
    pub fn count(self) -> usize {
        self.count
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// Which runs of a suite are divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// All: each part does the tuning that its evaluation runs need.
    #[default]
    Both,
    /// Those that choose settings, and none that is compared.
    Tuning,
    /// Those that are compared. Settings are chosen from tuning records that are there already; what is missing of them is done
    /// where an evaluation run needs it.
    Evaluation,
}

impl Stage {
    /// What the runs are for that are divided.
    pub fn split(self) -> Split {
        match self {
            Stage::Tuning => Split::Tuning,
            Stage::Both | Stage::Evaluation => Split::Evaluation,
        }
    }
}
