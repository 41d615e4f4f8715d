//! What refuses a plan (S18, S29): all of it, at once.

use super::types::{Gate, Operation, Words};
use crate::kinds::registry;
use crate::model::action::Action;
use crate::model::address::Address;
use crate::state::State;

/// Every gate that the operations run into.
pub(super) fn gates(operations: &[Operation], state: &State, words: &Words) -> Vec<Gate> {
    let mut gates = Vec::new();
    for operation in operations.iter().filter(|operation| operation.action.deletes()) {
        let address = &operation.address;
        let verb = if operation.action == Action::Delete { "destroyed" } else { "replaced" };
        if operation.protected || state.resources.get(address).is_some_and(|entry| entry.protected) {
            gates.push(protected(address, verb));
        }
        if registry::schema(address.kind).holds_data && !words.destroy && !words.allow_data_loss {
            gates.push(Gate {
                address: address.clone(),
                message: format!(
                    "{address} would be {verb}, and the logs in it would be lost. If that is what you want, plan again \
                     with --allow-data-loss."
                ),
            });
        }
    }
    gates
}

fn protected(address: &Address, verb: &str) -> Gate {
    Gate {
        address: address.clone(),
        message: format!(
            "{address} would be {verb}, and lifecycle.prevent_destroy protects it. To let it go, first apply the stack \
             with prevent_destroy: false on it."
        ),
    }
}
