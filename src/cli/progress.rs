//! Shows what happens while it happens.

use super::ui::Ui;
use crate::model::event::Event;
use crate::report::human;

/// A listener that says each event in a line on stderr.
pub(super) fn speaker(ui: &Ui) -> impl Fn(Event) + Sync + '_ {
    move |event| {
        if let Some(line) = human::event(&event) {
            ui.talk(&line);
        }
    }
}
