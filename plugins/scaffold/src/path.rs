use std::path::{Component, Path, PathBuf};

/// The way from the folder `from` to `to`, both absolute; `to` itself where they share no root.
pub(crate) fn relative(from: &Path, to: &Path) -> PathBuf {
    let (from, target): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&target).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return to.to_owned();
    }
    let up = from[shared..].iter().map(|_| Component::ParentDir);
    up.chain(target[shared..].iter().copied()).collect()
}

/// With `/` between the parts, which Cargo reads on every system.
pub(crate) fn portable(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_goes_up_and_down_again() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(way("/r/plugins/mine", "/r/plugins/sdk"), Path::new("../sdk"));
        assert_eq!(way("/home/mine", "/r/plugins/sdk"), Path::new("../../r/plugins/sdk"));
        assert_eq!(way("/r", "/r/sdk"), Path::new("sdk"));
    }
}
