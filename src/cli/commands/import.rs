//! `import`: takes an object that is there into the state. Nothing in the cloud is changed.

use std::path::{Path, PathBuf};

use super::state_edit;
use crate::apply::{self, Made, Reads, Wish};
use crate::base::clock::{Clock as _, SystemClock};
use crate::base::random::{Random as _, SystemRandom};
use crate::base::text::{list, nearest};
use crate::cli::accounts::Uses;
use crate::cli::declaring::declaration;
use crate::cli::exit::{self, Problems};
use crate::cli::plans;
use crate::cli::progress::speaker;
use crate::cli::session::{self, Cloud, Location, World};
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::driver::At;
use crate::model::action::Action;
use crate::model::address::{Address, Kind};
use crate::model::region::Region;
use crate::model::stack::Stack;
use crate::model::value::{Attributes, Value};
use crate::plan::{self, PathStep, Words};
use crate::refresh::Doubts;
use crate::state::{Loaded, Lock, edit};

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The address of a declared resource, such as `flow_log.app`.
    #[arg(value_name = "ADDR")]
    address: String,
    /// The object: a cloud id, a project's name, or `project/logstore`. Not with --by-key.
    #[arg(value_name = "ID", required_unless_present = "by_key")]
    id: Option<String>,
    /// The stack: a directory or a YAML file.
    #[arg(value_name = "STACK")]
    stack: Option<PathBuf>,
    /// Look the object up by what the stack says of it and no two can share, such as the name of a log project.
    #[arg(long)]
    by_key: bool,
    /// Go on although this object has vanished, with what lives in it. May be given again.
    #[arg(long, value_name = "ADDR")]
    accept_gone: Vec<Address>,
}

impl Args {
    /// The id and the stack. With --by-key the second word is the stack.
    fn words(&self) -> Result<(Option<&str>, &Path), Diagnostic> {
        let stack = self.stack.as_deref();
        match (self.by_key, &self.id, stack) {
            (false, id, stack) => Ok((id.as_deref(), stack.unwrap_or(Path::new(".")))),
            (true, stack, None) => Ok((None, stack.as_deref().map_or(Path::new("."), Path::new))),
            (true, _, Some(_)) => {
                let detail = "With --by-key the object is looked up, and no ID is given beside it.";
                Err(Diagnostic::error(codes::SETTING, "An ID and --by-key exclude each other", detail)
                    .help("Leave one of the two out."))
            }
        }
    }
}

/// Imports.
pub(in crate::cli) async fn exec(settings: &Settings, ui: &Ui, args: &Args) -> anyhow::Result<u8> {
    let address = state_edit::address(&args.address)?;
    let (id, path) = args.words().map_err(Problems::from)?;
    let location = Location::of(settings, path);
    let mut stack = session::load(settings, ui, path)?;
    let lock = session::lock(settings, ui, &location, "import").await?;
    let loaded = lock.load().await.map_err(|error| Problems::from(session::state_problem(&error)))?;
    edit::vacant(&loaded, &address).map_err(|refused| state_edit::refusals(&refused))?;
    if !loaded.state.lineage.is_empty() {
        session::same_world(settings, &location.spoken(), loaded.state.emulator)?;
    }
    let world = World::open(settings, ui, &location, stack.accounts.keys().cloned().collect()).await?;
    let imported = async {
        let cloud = world.enter(settings, &stack.accounts, &Uses::of(&stack, &loaded)).await?;
        cloud.owns(&location, &loaded.state)?;
        match stack.resources.get(&address) {
            None => return Err(undeclared(ui, &cloud, &stack, &loaded, &address, id).await),
            Some(resource) if resource.existing.is_some() => return Err(declared_existing(&address)),
            Some(_) => {}
        }
        cloud.clouds.identify_owners(&mut stack);
        stack.imports.insert(address.clone(), id.map(str::to_owned));
        let words = Words { accept_gone: args.accept_gone.iter().cloned().collect(), ..Words::default() };
        import(ui, &cloud, &stack, &words, &address, loaded, &*lock).await
    }
    .await;
    world.close().await?;
    ui.print(&imported?);
    Ok(exit::OK)
}

/// Plans with the import, and records what the plan would record of it: the object as it is. Says what the next plan
/// will change.
async fn import(
    ui: &Ui,
    cloud: &Cloud,
    stack: &Stack,
    words: &Words,
    address: &Address,
    mut loaded: Loaded,
    lock: &dyn Lock,
) -> Result<String, Problems> {
    let mut moved = loaded.clone();
    let moves = plan::moves(stack, words, &loaded.state, loaded.open.iter().map(|intent| &intent.address))?;
    for (from, to) in &moves {
        moved.move_entry(from, to);
    }
    let tell = speaker(ui);
    let reads = Reads { clouds: &cloud.clouds, emulator: cloud.emulator, tell: &tell };
    let wish = Wish { stack, words, refresh: true, stack_path: "" };
    let doubts = Doubts::new(&moved, SystemClock.now(), &stack.provider, &tell);
    let made = apply::make(reads, &wish, &moves, &moved.state, &moved.open, &doubts).await;
    let Made { planned, .. } = made.map_err(plans::not_made)?;
    let record = planned.plan.records.into_iter().find(|record| record.address == *address);
    let record = record.ok_or_else(|| {
        let detail = format!("{address} is planned in another way than by an import.");
        Diagnostic::error(codes::ADOPT, "An object cannot be imported", detail).help("Look at `cenform plan`.")
    })?;
    let state = &mut loaded.state;
    if state.lineage.is_empty() {
        state.lineage = SystemRandom.uuid();
        state.account_id = planned.plan.account_id;
        state.emulator = planned.plan.emulator;
    }
    let id = record.id.clone();
    state.existing.remove(address);
    state.resources.insert(address.clone(), record);
    edit::write(lock, loaded).await.map_err(|error| Problems::from(session::state_problem(&error)))?;
    let operation = planned.plan.operations.iter().find(|operation| operation.address == *address);
    let mut changed: Vec<String> = Vec::new();
    for difference in operation.filter(|one| one.action != Action::Import).into_iter().flat_map(|one| &one.differences)
    {
        if let Some(PathStep::Key(name)) = difference.path.first()
            && !changed.contains(name)
        {
            changed.push(name.clone());
        }
    }
    let next = if changed.is_empty() {
        "It is as the stack declares it.".to_owned()
    } else {
        format!("It differs from what the stack declares: the next apply changes its {}.", list(&changed))
    };
    Ok(format!("Import complete! {address} is {id} now.\n{next}\n"))
}

/// That the resource is only read.
fn declared_existing(address: &Address) -> Problems {
    let detail = format!("{address} is declared with existing: it is read, and belongs to someone else.");
    Diagnostic::error(codes::ADOPT, "An object cannot be imported", detail)
        .about(address)
        .help("Take existing out of its block to manage it here: the next apply then takes it into the state.")
        .into()
}

/// That there is no block for the import. One that fits the object is printed, if that can be read.
async fn undeclared(
    ui: &Ui,
    cloud: &Cloud,
    stack: &Stack,
    loaded: &Loaded,
    address: &Address,
    id: Option<&str>,
) -> Problems {
    let declared: Vec<String> = stack.resources.keys().map(ToString::to_string).collect();
    let near = nearest(&address.to_string(), declared.iter().map(String::as_str));
    let block = match id {
        Some(id) => block(cloud, stack, loaded, address, id).await,
        None => None,
    };
    let todo = match &block {
        Some(block) => {
            ui.print(block);
            "Add the block above to the stack, and import it then.".to_owned()
        }
        None => format!("Declare it under {} first.", address.kind.section()),
    };
    let detail = format!("The stack declares no {address}.");
    let problem = Diagnostic::error(codes::ADOPT, "An object cannot be imported", detail);
    match near {
        Some(near) => problem.help(format!("Did you mean {near}? {todo}")),
        None => problem.help(todo),
    }
    .into()
}

/// A declaration of an object as it is; `None` if it cannot be read.
async fn block(cloud: &Cloud, stack: &Stack, loaded: &Loaded, address: &Address, id: &str) -> Option<String> {
    let name = |kind: Kind, id: &str| {
        let managed = loaded.state.resources.values().map(|entry| (&entry.address, &entry.id));
        let read = loaded.state.existing.values().map(|read| (&read.address, &read.id));
        let found = managed.chain(read).find(|(address, known)| address.kind == kind && *known == id);
        found.map(|(address, _)| match &address.key {
            Some(key) => format!("{}/{key}", address.name),
            None => address.name.clone(),
        })
    };
    let region: Option<&Region> = stack.provider.region.as_ref();
    for (account, account_id) in cloud.clouds.ids() {
        let at = At { id, region, attributes: &Attributes::new() };
        if let Ok(Some(mut object)) = cloud.clouds.read(address.kind, account.as_deref(), &at).await {
            // That a network is one's own need not be said.
            let own = |owner: &Value| owner.as_text() == Some(&account_id);
            object.attributes.retain(|name, value| name != "owner" || !own(value));
            return Some(declaration(address, &object, name));
        }
    }
    None
}
