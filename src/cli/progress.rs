//! Shows what happens while it happens.

use super::ui::Ui;
use crate::model::event::Event;
use crate::report::human;

/// A listener that says each event in a line: for people on stderr, as JSON on stdout.
pub(super) fn speaker(ui: &Ui) -> impl Fn(Event) + Sync + '_ {
    move |event| {
        if let Some(stream) = ui.stream() {
            if let Some(line) = stream.event(&event) {
                ui.print(&(line + "\n"));
            }
        } else if let Some(line) = human::event(&event) {
            ui.talk(&line);
        }
    }
}
