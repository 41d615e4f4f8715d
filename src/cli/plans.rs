//! What plan, apply and destroy share: the flags of planning, showing a plan, and saying why there is none.

use std::path::Path;

use clap::Args;

use super::exit::Problems;
use super::session::Location;
use super::ui::Ui;
use crate::apply::{NotMade, Refusal};
use crate::base::text::list;
use crate::diagnostics::{Diagnostic, codes};
use crate::model::address::Address;
use crate::plan::{Gate, Plan, Words};
use crate::refresh::{RefreshError, vanished_problem};
use crate::report::human;

/// The flags of planning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(super) struct PlanFlags {
    /// Plan the deletion of everything that the stack made.
    #[arg(long)]
    pub(super) destroy: bool,
    /// Whether to read the cloud; with =false the state is believed.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "true", action = clap::ArgAction::Set)]
    pub(super) refresh: bool,
    /// Only read: show what was changed outside, and with apply record it in the state.
    #[arg(long)]
    pub(super) refresh_only: bool,
    /// Allow that log projects and logstores are deleted or replaced, with the logs in them.
    #[arg(long)]
    pub(super) allow_data_loss: bool,
    /// Go on although this object has vanished, with what lives in it. May be given again.
    #[arg(long, value_name = "ADDR")]
    pub(super) accept_gone: Vec<Address>,
    /// Replace this resource, whatever differs; may be repeated.
    #[arg(long, value_name = "ADDR", conflicts_with = "destroy")]
    pub(super) replace: Vec<Address>,
    #[command(flatten)]
    pub(super) part: PartFlags,
}

/// The flags that plan, apply and destroy have: what the plan is about, and how much it may destroy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(super) struct PartFlags {
    /// Plan only this resource and what it needs, or with destroy what needs it; may be repeated.
    #[arg(long, value_name = "ADDR")]
    pub(super) target: Vec<Address>,
    /// Leave this resource out, and what needs it; may be repeated.
    #[arg(long, value_name = "ADDR")]
    pub(super) exclude: Vec<Address>,
    /// How many objects may be destroyed without a successor at most, whatever the gates of the stack say.
    #[arg(long, value_name = "N")]
    pub(super) max_destroy: Option<usize>,
}

impl PlanFlags {
    /// The flags beside a saved plan: none.
    pub(super) fn of_saved() -> Self {
        Self { refresh: true, ..Self::default() }
    }

    /// Refuses flags that contradict each other.
    pub(super) fn agree(&self) -> Result<(), Diagnostic> {
        let against =
            [("--destroy", self.destroy), ("--refresh=false", !self.refresh), ("--replace", !self.replace.is_empty())];
        let given: Vec<String> =
            against.into_iter().filter(|(_, given)| *given).map(|(flag, _)| flag.to_owned()).collect();
        if !self.refresh_only || given.is_empty() {
            return Ok(());
        }
        let detail = format!(
            "--refresh-only records all that was changed outside and nothing else, which leaves no room for {}.",
            list(&given)
        );
        let problem = Diagnostic::error(codes::SETTING, "These flags exclude each other", detail);
        Err(problem.help("Leave out --refresh-only, or what it excludes."))
    }

    /// What was said, for the plan.
    pub(super) fn words(&self) -> Words {
        let Self { destroy, refresh: _, refresh_only, allow_data_loss, accept_gone, replace, part } = self;
        let PartFlags { target, exclude, max_destroy } = part;
        let all = |given: &[Address]| given.iter().cloned().collect();
        Words {
            destroy: *destroy,
            allow_data_loss: *allow_data_loss,
            refresh_only: *refresh_only,
            accept_gone: all(accept_gone),
            max_destroy: *max_destroy,
            replace: all(replace),
            targets: all(target),
            excludes: all(exclude),
        }
    }
}

/// Why there is no plan, as problems with what to do.
pub(super) fn not_made(error: NotMade) -> Problems {
    match error {
        NotMade::Unread(error) => refresh_problem(&error).into(),
        NotMade::Vanished(found) => vanished_problem(&found).into(),
        NotMade::NotPlanned(problems) => problems.into(),
    }
}

/// What keeps the cloud from being read, as a problem with what to do.
fn refresh_problem(error: &RefreshError) -> Diagnostic {
    match error {
        RefreshError::Cloud { what, source } => {
            let problem = crate::cloud::problem::problem(source);
            Diagnostic { detail: format!("Reading {what}: {}", problem.detail), ..problem }
        }
        RefreshError::Missing { address, .. } => {
            Diagnostic::error(codes::EXISTING, "An existing object is not there", format!("{error}."))
                .about(address)
                .help("Look at its id or name, its region, and whose credentials these are.")
        }
        RefreshError::NeverRead { address } => {
            Diagnostic::error(codes::EXISTING, "An existing object was never read", format!("{error}.")).about(address)
        }
        RefreshError::Ambiguous { address, .. } => {
            Diagnostic::error(codes::EXISTING, "An existing object is not the only one", format!("{error}."))
                .about(address)
                .help("Name it by its id: existing: ID.")
        }
    }
}

/// Says, in a stream of JSON lines, who speaks.
pub(super) fn greet(ui: &Ui) {
    if let Some(stream) = ui.stream() {
        ui.print(&(stream.version(env!("CARGO_PKG_VERSION")) + "\n"));
    }
}

/// Shows a plan.
pub(super) fn show(ui: &Ui, plan: &Plan) {
    match ui.stream() {
        Some(stream) => ui.print(&(stream.plan(plan).join("\n") + "\n")),
        None => ui.print(&human::plan(plan, &ui.style_out())),
    }
}

/// What the gates refuse (S29) and what else stands in the way, as problems; all of them.
pub(super) fn refused(refusal: Refusal) -> Problems {
    let gate = |Gate { addresses, message }: Gate| {
        let refused = Diagnostic::error(codes::GATE, "A gate refuses the plan", message);
        match addresses.as_slice() {
            [only] => refused.about(only),
            _ => refused,
        }
    };
    refusal.gates.into_iter().map(gate).chain(refusal.problems).collect::<Vec<_>>().into()
}

/// The stack as seen from the folder of a plan file, so that both can move together.
pub(super) fn stack_path(location: &Location, out: Option<&Path>) -> String {
    let Some(out) = out else { return String::new() };
    let folder = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let absolute = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let relative = pathdiff::diff_paths(absolute(&location.stack), absolute(folder));
    let relative = relative.unwrap_or_else(|| location.stack.clone());
    if relative.as_os_str().is_empty() { ".".to_owned() } else { relative.to_string_lossy().into_owned() }
}
