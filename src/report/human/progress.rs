//! What happens, a line an event.

use crate::base::text::{count, printable, span};
use crate::model::action::Deed;
use crate::model::event::{Event, Lag};

/// The longest id that a line shows, in characters.
const LONGEST_ID: usize = 80;

/// An event as a line without its line break; `None` for what a person need not see.
pub fn event(event: &Event) -> Option<String> {
    let line = match event {
        Event::Recovered { count: 0 } => "An interrupted apply is taken up.".to_owned(),
        Event::Recovered { count: many } => {
            format!("Recovered {} from an interrupted apply.", count(*many, "operation"))
        }
        Event::Unknown { count: many } => {
            format!(
                "{} unknown, apply will settle {}.",
                count(*many, "outcome"),
                if *many == 1 { "it" } else { "them" }
            )
        }
        Event::LookingAgain { lag, at_most } => {
            let looking = match lag {
                Lag::Written { kind, count: many } => format!(
                    "Reading {} again: what is shown contradicts what was written a moment ago",
                    count(*many, kind.spoken())
                ),
                Lag::Interrupted { address } => {
                    format!("{address}: Looking for what an interrupted apply may have made")
                }
                Lag::SentAgain { address } => {
                    format!("{address}: Looking whether it was made twice, because its create was sent again")
                }
            };
            format!("{looking} (at most {}).", span(*at_most))
        }
        Event::Refreshing { address, id } => format!("{address}: Refreshing state... [id={}]", short(id)),
        Event::Started { address, deed, id } => {
            let id = id.as_ref().map(|id| format!(" [id={}]", short(id))).unwrap_or_default();
            format!("{address}: {}...{id}", words(*deed)?.doing)
        }
        Event::Progress { address, deed, id, elapsed } => {
            let id = id.as_ref().map(|id| format!("id={}, ", short(id))).unwrap_or_default();
            format!("{address}: Still {}... [{id}{} elapsed]", words(*deed)?.still, span(*elapsed))
        }
        Event::Completed { address, deed, id, elapsed } => {
            let id = if *deed == Deed::Delete { String::new() } else { format!(" [id={}]", short(id)) };
            format!("{address}: {} complete after {}{id}", words(*deed)?.done, span(*elapsed))
        }
        Event::Failed { address, deed, id, elapsed, message } => {
            let id = id.as_ref().map(|id| format!(" [id={}]", short(id))).unwrap_or_default();
            let what = words(*deed).map_or("Recording", |words| words.done);
            format!("{address}: {what} failed after {}{id}: {message}", span(*elapsed))
        }
    };
    Some(printable(&line))
}

/// The words for a deed.
struct Words {
    doing: &'static str,
    still: &'static str,
    done: &'static str,
}

/// The words for a deed; `None` for one that a person need not follow.
const fn words(deed: Deed) -> Option<Words> {
    Some(match deed {
        Deed::Create => Words { doing: "Creating", still: "creating", done: "Creation" },
        Deed::Update => Words { doing: "Modifying", still: "modifying", done: "Modifications" },
        Deed::Delete => Words { doing: "Destroying", still: "destroying", done: "Destruction" },
        Deed::Wait => Words { doing: "Waiting", still: "waiting", done: "Waiting" },
        Deed::Record => return None,
    })
}

fn short(id: &str) -> String {
    if id.chars().count() <= LONGEST_ID {
        return id.to_owned();
    }
    id.chars().take(LONGEST_ID - 1).chain(['…']).collect()
}
