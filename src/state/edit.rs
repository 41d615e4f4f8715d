//! Changes of what the state remembers, made by hand: nothing in the cloud is touched. Each is checked whole before
//! anything of it is done, and written by [`write`] in one commit.

use std::collections::BTreeSet;

use super::backend::{Loaded, Lock, StateError};
use super::entry::{Entry, State};
use crate::base::text::nearest;
use crate::model::address::Address;

/// Why a state is not changed by hand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing is managed there.
    #[error("The state has no {address}")]
    Missing {
        /// What was named.
        address: Address,
        /// The address that looks most like it.
        near: Option<String>,
    },
    /// The new address is taken.
    #[error("{address} is in the state already, as {id}")]
    Occupied {
        /// The new address.
        address: Address,
        /// The object there.
        id: String,
    },
    /// A move would change the kind (S19).
    #[error("{from} is {}, and {to} would be {}", .from.kind.one(), .to.kind.one())]
    OtherKind {
        /// The old address.
        from: Address,
        /// The new one.
        to: Address,
    },
    /// An interrupted run has sent a call about it, and nobody knows what became of that (S25).
    #[error("An interrupted apply has sent {call} for {address}, and its outcome is not known")]
    Open {
        /// About what.
        address: Address,
        /// The cloud's name of the call.
        call: String,
    },
}

/// The entries that an address names: the one that stands there, or each instance of a resource with instances.
fn named(state: &State, address: &Address) -> Result<Vec<Address>, Refused> {
    let is_it = |known: &&Address| {
        let of_resource = address.key.is_none() && (known.kind, &known.name) == (address.kind, &address.name);
        *known == address || of_resource
    };
    let found: Vec<Address> = state.resources.keys().filter(is_it).cloned().collect();
    if found.is_empty() {
        let known: Vec<String> = state.resources.keys().map(ToString::to_string).collect();
        let near = nearest(&address.to_string(), known.iter().map(String::as_str)).map(str::to_owned);
        return Err(Refused::Missing { address: address.clone(), near });
    }
    Ok(found)
}

/// Every entry that the addresses name, or all that keeps one of them from being changed.
fn chosen(loaded: &Loaded, addresses: &[Address]) -> Result<BTreeSet<Address>, Vec<Refused>> {
    let (mut chosen, mut refused) = (BTreeSet::new(), Vec::new());
    for address in addresses {
        match named(&loaded.state, address) {
            Ok(found) => chosen.extend(found),
            Err(missing) => refused.push(missing),
        }
    }
    refused.extend(open(loaded, &chosen));
    if refused.is_empty() { Ok(chosen) } else { Err(refused) }
}

/// The calls with an unknown outcome that are about one of the addresses.
fn open<'a>(loaded: &'a Loaded, addresses: &'a BTreeSet<Address>) -> impl Iterator<Item = Refused> + 'a {
    let about = loaded.open.iter().filter(|intent| addresses.contains(&intent.address));
    about.map(|intent| Refused::Open { address: intent.address.clone(), call: intent.call.clone() })
}

/// Gives a resource, or each of its instances, another address (S19). What depends on it follows. Gives each old address
/// with its new one.
pub fn rename(loaded: &mut Loaded, from: &Address, to: &Address) -> Result<Vec<(Address, Address)>, Vec<Refused>> {
    let chosen = chosen(loaded, std::slice::from_ref(from))?;
    let renamed = |old: &Address| {
        let key = if old == from { to.key.clone() } else { old.key.clone() };
        Address { key, ..to.clone() }
    };
    let pairs: Vec<(Address, Address)> = chosen.iter().map(|old| (old.clone(), renamed(old))).collect();
    let mut refused = Vec::new();
    if from.kind != to.kind {
        refused.push(Refused::OtherKind { from: from.clone(), to: to.clone() });
    }
    refused.extend(pairs.iter().filter_map(|(_, new)| vacant(loaded, new).err()).flatten());
    if !refused.is_empty() {
        return Err(refused);
    }
    for (old, new) in &pairs {
        loaded.move_entry(old, new);
    }
    Ok(pairs)
}

/// Takes resources out of the state, protected ones too (S18), and gives what was known of each.
pub fn forget(loaded: &mut Loaded, addresses: &[Address]) -> Result<Vec<Entry>, Vec<Refused>> {
    let chosen = chosen(loaded, addresses)?;
    for entry in loaded.state.resources.values_mut() {
        entry.dependencies.retain(|dependency| !chosen.contains(dependency));
    }
    loaded.recent.retain(|wrote| !chosen.contains(&wrote.address));
    Ok(chosen.iter().filter_map(|address| loaded.state.resources.remove(address)).collect())
}

/// Takes the protection off resources (S18), and gives those that had it.
pub fn unprotect(loaded: &mut Loaded, addresses: &[Address]) -> Result<Vec<Address>, Vec<Refused>> {
    let mut chosen = chosen(loaded, addresses)?;
    chosen.retain(|address| {
        let entry = loaded.state.resources.get_mut(address);
        entry.is_some_and(|entry| std::mem::replace(&mut entry.protected, false))
    });
    Ok(chosen.into_iter().collect())
}

/// Refuses an address that has something already, or about which the outcome of a call is not known: nothing else may
/// come there.
pub fn vacant(loaded: &Loaded, address: &Address) -> Result<(), Vec<Refused>> {
    let there = loaded.state.resources.get(address);
    let taken = there.map(|entry| Refused::Occupied { address: address.clone(), id: entry.id.clone() });
    let refused: Vec<Refused> = taken.into_iter().chain(open(loaded, &BTreeSet::from([address.clone()]))).collect();
    if refused.is_empty() { Ok(()) } else { Err(refused) }
}

/// Commits what was loaded under the lock and changed since. Calls whose outcome is not known stay known as that.
pub async fn write(lock: &dyn Lock, changed: Loaded) -> Result<(), StateError> {
    let Loaded { state, open, recent, last: _, interrupted: _ } = changed;
    let expected = state.serial;
    lock.commit(&State { serial: expected + 1, ..state }, expected, &open, &recent).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::samples::{self, address};

    fn loaded() -> Loaded {
        let mut state = samples::state();
        for key in ["a", "b"] {
            let mut entry = samples::entry(&format!("logstore.tr[\"{key}\"]"), &format!("p/{key}"));
            entry.dependencies.insert(address("transit_router.hz"));
            state.resources.insert(entry.address.clone(), entry);
        }
        let recent = vec![samples::wrote(1)];
        Loaded { state, open: vec![samples::intent(1)], recent, last: 1, interrupted: true }
    }

    fn moved(from: &str, to: &str) -> Result<Loaded, Vec<String>> {
        let mut loaded = loaded();
        let before = loaded.clone();
        let done = rename(&mut loaded, &address(from), &address(to));
        assert!(done.is_ok() || loaded == before, "what is refused changes nothing");
        done.map(|_| loaded).map_err(|refused| refused.iter().map(ToString::to_string).collect())
    }

    fn addresses(loaded: &Loaded) -> Vec<String> {
        loaded.state.resources.keys().map(ToString::to_string).collect()
    }

    /// S19: what is moved is the same object, and what depends on it follows.
    #[test]
    fn a_move_changes_the_address_and_nothing_else() {
        let after = moved("cen.backbone", "cen.core").unwrap();
        let before = loaded();
        let (old, new) =
            (&before.state.resources[&address("cen.backbone")], &after.state.resources[&address("cen.core")]);
        assert_eq!(*new, Entry { address: address("cen.core"), ..old.clone() });
        assert_eq!(
            after.state.resources[&address("transit_router.hz")].dependencies,
            BTreeSet::from([address("cen.core")])
        );
        assert_eq!(after.recent[0].address, address("cen.core"), "a read that contradicts the write is still doubted");
        assert_eq!(after.open, before.open);
    }

    #[test]
    fn a_resource_is_moved_with_its_instances() {
        let after = moved("logstore.tr", "logstore.all").unwrap();
        let stores: Vec<String> = addresses(&after).into_iter().filter(|a| a.starts_with("logstore")).collect();
        assert_eq!(stores, ["logstore.all[\"a\"]", "logstore.all[\"b\"]"]);
        let after = moved("logstore.tr[\"a\"]", "logstore.one").unwrap();
        assert!(addresses(&after).contains(&"logstore.one".to_owned()));
    }

    /// S19: an occupied target, another kind and an absent source are errors, each with its reason.
    #[test]
    fn a_move_that_cannot_be_is_refused_whole() {
        for (from, to, expected) in [
            ("cen.backbon", "cen.core", "The state has no cen.backbon"),
            ("cen.backbone", "flow_log.x", "cen.backbone is a CEN, and flow_log.x would be a flow log"),
            ("logstore.tr[\"a\"]", "logstore.tr[\"b\"]", "logstore.tr[\"b\"] is in the state already, as p/b"),
            ("cen.backbone", "cen.backbone", "cen.backbone is in the state already, as cen-7qthudw0ll6jmc"),
            (
                "flow_log.spoke[\"eu \\\"1\\\"\"]",
                "flow_log.app",
                "An interrupted apply has sent CreateFlowlog for flow_log.app, and its outcome is not known",
            ),
        ] {
            assert_eq!(moved(from, to).unwrap_err(), [expected], "{from} to {to}");
        }
        let near = rename(&mut loaded(), &address("cen.backbon"), &address("cen.core")).unwrap_err();
        assert!(matches!(&near[0], Refused::Missing { near: Some(near), .. } if near == "cen.backbone"), "{near:?}");
    }

    /// S18: forgetting passes the protection, and all of it is checked before any of it is done.
    #[test]
    fn what_is_forgotten_leaves_nothing_behind() {
        let mut after = loaded();
        let gone = forget(&mut after, &[address("cen.backbone"), address("logstore.tr")]).unwrap();
        let ids: Vec<&str> = gone.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, ["cen-7qthudw0ll6jmc", "p/a", "p/b"]);
        assert_eq!(addresses(&after), ["transit_router.hz", "flow_log.spoke[\"eu \\\"1\\\"\"]"]);
        assert_eq!(after.state.resources[&address("transit_router.hz")].dependencies, BTreeSet::new());
        assert!(after.recent.is_empty());

        let mut kept = loaded();
        let refused = forget(&mut kept, &[address("cen.backbone"), address("cen.a"), address("cen.b")]).unwrap_err();
        assert_eq!((refused.len(), kept), (2, loaded()));
    }

    #[test]
    fn what_an_interrupted_apply_is_at_is_not_forgotten() {
        let mut after = loaded();
        let entry = samples::entry("flow_log.app", "flowlog-1");
        after.state.resources.insert(entry.address.clone(), entry);
        let refused = forget(&mut after, &[address("flow_log.app")]).unwrap_err();
        assert!(matches!(refused.as_slice(), [Refused::Open { .. }]), "{refused:?}");
    }

    /// S18: only the protection comes off.
    #[test]
    fn a_protection_comes_off_once() {
        let mut after = loaded();
        let names = [address("cen.backbone"), address("transit_router.hz")];
        assert_eq!(unprotect(&mut after, &names).unwrap(), [address("cen.backbone")]);
        let mut expected = loaded();
        expected.state.resources.get_mut(&address("cen.backbone")).unwrap().protected = false;
        assert_eq!(after, expected);
        assert_eq!(unprotect(&mut after, &names).unwrap(), []);
    }
}
