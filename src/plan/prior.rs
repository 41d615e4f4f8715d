//! What the state remembers, under the addresses of now (S19).

use std::collections::{BTreeMap, BTreeSet};

use super::types::Words;
use crate::base::text::printable;
use crate::diagnostics::{Diagnostic, codes};
use crate::model::address::Address;
use crate::model::stack::Stack;
use crate::state::State;

/// Where what was at an address is now: the address of before, and the one of now, where nothing else is.
pub type Moves = BTreeMap<Address, Address>;

/// The moves of a stack that are to be made before anything is compared: of what the state has, and of the addresses
/// that else are `named`, by calls whose outcome is not known. A move of nothing is none.
///
/// An address that is taken, or that two would take, is an error for each. What is only read stays where it is (S17).
pub fn moves<'a>(
    stack: &Stack,
    words: &Words,
    state: &'a State,
    named: impl IntoIterator<Item = &'a Address>,
) -> Result<Moves, Vec<Diagnostic>> {
    let mut moves = Moves::new();
    if words.refresh_only {
        return Ok(moves);
    }
    let mut taken: BTreeMap<Address, &Address> = BTreeMap::new();
    let mut problems = Vec::new();
    for (from, entry) in &state.resources {
        let Some(to) = stack.moved_to(from) else { continue };
        let there = state.resources.get(&to).map(|other| (&to, other));
        let coming = taken.get(&to).and_then(|other| Some((*other, state.resources.get(*other)?)));
        if let Some((at, other)) = there.or(coming) {
            let (id, other) = (printable(&entry.id), printable(&other.id));
            let detail = match coming {
                Some(_) => format!("{from} ({id}) and {at} ({other}) have both moved to {to}."),
                None => format!("{from} ({id}) has moved to {to}, where {other} is already."),
            };
            let told = Diagnostic::error(codes::ADOPT, "An address is taken", detail).about(&to);
            problems.push(told.help("Correct moved: name another address, or take out what does not hold any more."));
            continue;
        }
        taken.insert(to.clone(), from);
        moves.insert(from.clone(), to);
    }
    // What is only read, and what may have been made there, follows where there is room.
    let named: BTreeSet<&Address> = named.into_iter().chain(state.existing.keys()).collect();
    for from in named.into_iter().filter(|from| !state.resources.contains_key(*from)) {
        if let Some(to) = stack.moved_to(from).filter(|to| !state.resources.contains_key(to) && !taken.contains_key(to))
        {
            moves.insert(from.clone(), to);
        }
    }
    if problems.is_empty() { Ok(moves) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::samples;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn stack(moved: &[(&str, &str)]) -> Stack {
        let moved = moved.iter().map(|(from, to)| (address(from), address(to))).collect();
        Stack { moved, ..Stack::default() }
    }

    fn state(addresses: &[&str]) -> State {
        let entry = |at: &&str| (address(at), samples::entry(at, &format!("id-of-{at}")));
        State { resources: addresses.iter().map(entry).collect(), ..State::default() }
    }

    fn moved(of: &[(&str, &str)], at: &[&str]) -> Result<Vec<String>, Vec<String>> {
        let line = |(from, to): (&Address, &Address)| format!("{from} -> {to}");
        moves(&stack(of), &Words::default(), &state(at), [&address("cen.open")])
            .map(|moves| moves.iter().map(line).collect())
            .map_err(|problems| problems.into_iter().map(|problem| problem.detail).collect())
    }

    /// S19.
    #[test]
    fn chains_collapse_and_stale_entries_are_silent() {
        let chain = [("cen.a", "cen.b"), ("cen.b", "cen.c")];
        assert_eq!(moved(&chain, &["cen.a"]).unwrap(), ["cen.a -> cen.c"]);
        assert_eq!(moved(&chain, &["cen.b"]).unwrap(), ["cen.b -> cen.c"]);
        assert_eq!(moved(&chain, &["cen.c"]).unwrap(), Vec::<String>::new());
        assert_eq!(
            moved(&[("cen.open", "cen.new")], &[]).unwrap(),
            ["cen.open -> cen.new"],
            "an unknown outcome follows"
        );
        assert_eq!(moved(&[("cen.open", "cen.new")], &["cen.new"]).unwrap(), Vec::<String>::new());
    }

    /// S19.
    #[test]
    fn a_resource_takes_its_instances_along() {
        let whole = [("flow_log.a", "flow_log.b")];
        let ends = ["flow_log.a[\"here\"]", "flow_log.a[\"there\"]"];
        let both = ["flow_log.a[\"here\"] -> flow_log.b[\"here\"]", "flow_log.a[\"there\"] -> flow_log.b[\"there\"]"];
        assert_eq!(moved(&whole, &ends).unwrap(), both);
        let one = [("flow_log.a", "flow_log.b[\"x\"]")];
        assert_eq!(moved(&one, &["flow_log.a"]).unwrap(), ["flow_log.a -> flow_log.b[\"x\"]"]);
        assert_eq!(moved(&one, &ends).unwrap(), Vec::<String>::new());
    }

    /// S19.
    #[test]
    fn an_address_that_is_taken_is_refused() {
        assert_eq!(
            moved(&[("cen.a", "cen.b")], &["cen.a", "cen.b"]).unwrap_err(),
            ["cen.a (id-of-cen.a) has moved to cen.b, where id-of-cen.b is already."]
        );
        assert_eq!(
            moved(&[("cen.a", "cen.b"), ("cen.b", "cen.c")], &["cen.a", "cen.b"]).unwrap_err(),
            ["cen.b (id-of-cen.b) and cen.a (id-of-cen.a) have both moved to cen.c."]
        );
    }
}
