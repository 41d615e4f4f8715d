use crate::cli::args::Command;
use crate::cli::settings::Settings;
use crate::cli::signals::Interrupts;
use crate::cli::ui::Ui;

/// Runs the command. The exit code is what it gives, or what its error means.
pub(in crate::cli) async fn exec(
    settings: &Settings,
    ui: &Ui,
    interrupts: &Interrupts,
    command: Command,
) -> anyhow::Result<u8> {
    match command {
        Command::Init(args) => super::init::exec(settings, ui, &args),
        Command::Validate(args) => Ok(super::validate::exec(settings, ui, &args)),
        Command::Plan(args) => super::plan::exec(settings, ui, &args).await,
        Command::Apply(args) => super::apply::exec(settings, ui, interrupts, &args).await,
        Command::Destroy(args) => super::destroy::exec(settings, ui, interrupts, args).await,
        Command::Show(args) => super::show::exec(settings, ui, &args).await,
        Command::Output(args) => super::output::exec(settings, ui, &args).await,
        Command::Import(args) => super::import::exec(settings, ui, &args).await,
        Command::State(args) => super::state::exec(settings, ui, &args).await,
        Command::Unlock(args) => super::unlock::exec(settings, ui, &args).await,
        Command::Graph(args) => super::graph::exec(settings, ui, &args),
        Command::Schema(args) => Ok(super::schema::exec(ui, &args)),
        Command::Explain(args) => super::explain::exec(ui, &args),
        Command::Emulator(args) => super::emulator::exec(ui, interrupts, &args).await,
        Command::Completions(args) => Ok(super::completions::exec(ui, &args)),
        Command::Version(args) => Ok(super::version::exec(ui, &args)),
    }
}
