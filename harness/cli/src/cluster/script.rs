use flatbench_records::directory::{CHOSEN, CLUSTER, PARTS};
use flatbench_records::quoted;

use super::{Layout, Role, Submission, Supplies};

/// The scripts of a submission, which the engine starts in its folder.
pub struct Scripts<'a> {
    submission: &'a Submission,
    /// How flatbench is started.
    program: String,
    /// Lines that set variables.
    variables: String,
}

impl<'a> Scripts<'a> {
    /// Those of a submission with its supplies.
    pub fn new(submission: &'a Submission, supplies: &Supplies) -> Self {
        let words: Vec<String> = supplies.program.iter().map(|word| quoted(word)).collect();
        let variables =
            supplies.variables.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value))).collect();
        Scripts { submission, program: words.join(" "), variables }
    }

    /// The script of each role, in the order in which they run.
    pub fn all(&self) -> Vec<(Role, String)> {
        let then = |role| if role == Role::Tuning { Role::Choose } else { Role::Merge };
        let roles = self.submission.stages.iter().flat_map(|stage| [stage.role, then(stage.role)]);
        roles.map(|role| (role, self.text(role))).collect()
    }

    fn text(&self, role: Role) -> String {
        let Submission { engine, suite, resources, stages, .. } = self.submission;
        let engine = engine.engine();
        let count = stages.iter().find(|stage| stage.role == role).map_or(0, |stage| stage.parts.len());
        let what = match role {
            Role::Tuning => format!("One of {count} parts of the runs that choose the settings of the suite `{suite}`"),
            Role::Choose => format!("Joins the runs that choose the settings of the suite `{suite}`"),
            Role::Runs => format!("One of {count} parts of the suite `{suite}`"),
            Role::Merge => format!("Joins the parts of the suite `{suite}` and draws the report"),
        };
        let head = engine.head(role, suite, resources);
        let variables = &self.variables;
        let command = self.command(role, &format!("${}", engine.part()), count);
        // A process that takes the place of the shell is the one that is asked to stop before the time is over.
        let start = match engine.bears_failures() {
            true => format!("exec {command}\n"),
            false => format!(
                "{command}\nstatus=$?\n# What depends on a task is done only if it ended well; records say what failed.\necho \"flatbench \
                 ended with status $status\"\nexit 0\n"
            ),
        };
        format!(
            "#!/bin/bash\n{head}\n# {what}; starts in the folder above this one.\n# Written by `flatbench submit`, which uses it again \
             as it stands here: edit it at will (modules, limits),\n# except for what is done.\n\n{variables}{start}"
        )
    }

    /// What a script does.
    fn command(&self, role: Role, part: &str, count: usize) -> String {
        let program = &self.program;
        let options: String = self.submission.options.iter().map(|option| format!(" {}", quoted(option))).collect();
        let out = Layout::part_inside(role, part, count);
        let run = format!("{program} run {CLUSTER}/suite.toml --libraries {CLUSTER}/libraries{options} \"$@\"");
        match role {
            Role::Tuning => format!("{run} --stage tuning --shard \"{part}/{count}\" --out \"{out}\""),
            Role::Choose => format!("{program} merge --partial --no-report {PARTS}/tuning-* --out {CHOSEN}"),
            Role::Runs => {
                let tuned = self.submission.stages.iter().any(|stage| stage.role == Role::Tuning);
                let tuned = if tuned { format!(" --tuned-in {CHOSEN}") } else { String::new() };
                format!("{run}{tuned} --shard \"{part}/{count}\" --out \"{out}\"")
            }
            Role::Merge => format!("{program} merge --partial . --out ."),
        }
    }
}
