use super::Role;

/// A job that waits for the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What for.
    pub role: Role,
    /// Parts that it does, from 1; none where there are none.
    pub parts: Vec<usize>,
    /// Further options of `flatbench run`.
    pub options: Vec<String>,
}

/// Jobs of which each begins when all tasks of the one before it have ended, well or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Jobs of earlier submissions that the first one waits for.
    pub after: Vec<String>,
    /// The jobs.
    pub links: Vec<Link>,
}

impl Chain {
    /// The jobs that do these parts of the stages with further options, and those that join them: the last one joins all.
    pub fn of(parts: Vec<(Role, Vec<usize>)>, after: Vec<String>, options: Vec<String>) -> Self {
        let mut links = Vec::new();
        for (role, parts) in parts {
            if !parts.is_empty() {
                links.push(Link { role, parts, options: options.clone() });
                let then = if role == Role::Tuning { Role::Choose } else { Role::Merge };
                links.push(Link { role: then, parts: Vec::new(), options: Vec::new() });
            }
        }
        // Also where no part is missing and they are not joined.
        if links.last().is_none_or(|link| link.role != Role::Merge) {
            links.push(Link { role: Role::Merge, parts: Vec::new(), options: Vec::new() });
        }
        Chain { after, links }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chain_ends_with_all_joined() {
        let roles = |parts: &[(Role, Vec<usize>)]| -> Vec<Role> {
            Chain::of(parts.to_vec(), Vec::new(), Vec::new()).links.iter().map(|link| link.role).collect()
        };
        let (tuning, runs) = ((Role::Tuning, vec![1, 2]), (Role::Runs, vec![3]));
        assert_eq!(roles(&[tuning.clone(), runs]), [Role::Tuning, Role::Choose, Role::Runs, Role::Merge]);
        assert_eq!(roles(&[tuning, (Role::Runs, Vec::new())]), [Role::Tuning, Role::Choose, Role::Merge]);
        assert_eq!(roles(&[(Role::Runs, Vec::new())]), [Role::Merge]);
    }
}
