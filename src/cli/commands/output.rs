//! `output`: the outputs of the last apply.

use std::path::{Path, PathBuf};

use crate::base::text::{list, nearest};
use crate::cli::exit::{self, Problems};
use crate::cli::session::{self, Location};
use crate::cli::settings::Settings;
use crate::cli::ui::Ui;
use crate::diagnostics::{Diagnostic, codes};
use crate::model::value::Value;
use crate::report::{human, outputs};

/// Arguments of `output`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The output; all of them if left out. A path to a stack is one, too.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// The stack: a directory or a YAML file.
    #[arg(value_name = "STACK", default_value = ".")]
    stack: PathBuf,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
    /// Print one text, number or truth value as it is.
    #[arg(long, requires = "name", conflicts_with = "json")]
    raw: bool,
}

/// Prints outputs.
pub(in crate::cli) async fn exec(settings: &Settings, ui: &Ui, args: &Args) -> anyhow::Result<u8> {
    // One argument that is a stack is meant as one: `cenform output examples/quickstart`.
    let only = args.name.as_deref().filter(|name| args.stack == Path::new(".") && Path::new(name).exists());
    let stack = only.map_or_else(|| args.stack.clone(), PathBuf::from);
    let location = Location::of(settings, &stack);
    let known = session::state(&location).await?.state.outputs;
    let Some(name) = args.name.as_ref().filter(|_| only.is_none()) else {
        if args.json {
            ui.print(&format!("{:#}\n", outputs::json(&known)));
        } else if known.is_empty() {
            ui.talk("There are no outputs. They are there once a stack that declares some has been applied.");
        } else {
            ui.print(&human::outputs(&known, &ui.style_out()));
        }
        return Ok(exit::OK);
    };
    let value = known.get(name).ok_or_else(|| missing(name, &known))?;
    let text = if args.json {
        format!("{:#}", serde_json::Value::from(value))
    } else if args.raw {
        outputs::raw(value).map_err(|error| not_raw(name, &error))?
    } else {
        // As Terraform prints one output: a text in quotes, anything else in its JSON form.
        format!("{:#}", serde_json::Value::from(value))
    };
    ui.print(&text);
    if !args.raw {
        ui.print("\n");
    }
    Ok(exit::OK)
}

fn missing(name: &str, known: &std::collections::BTreeMap<String, Value>) -> Problems {
    let names: Vec<String> = known.keys().cloned().collect();
    let problem = Diagnostic::error(
        codes::NO_SUCH,
        "There is no such output",
        format!(
            "The state has no output {name}. It has {}.",
            if known.is_empty() { "none".to_owned() } else { list(&names) }
        ),
    );
    match nearest(name, known.keys().map(String::as_str)) {
        Some(near) => problem.help(format!("Did you mean {near}?")).into(),
        None => problem.help("An output is there once the stack that declares it has been applied.").into(),
    }
}

fn not_raw(name: &str, error: &outputs::NotRaw) -> Problems {
    Diagnostic::error(codes::SETTING, "The output has no raw form", format!("{name}: {error}."))
        .help("Use --json.")
        .into()
}
