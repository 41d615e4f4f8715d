//! What a refresh does not believe without a word: that much of what is managed has vanished (S7). Other credentials,
//! another region or an endpoint of somebody else look just like it.

use std::collections::{BTreeMap, BTreeSet};

use super::Live;
use crate::base::text::{list, shell_word, some};
use crate::diagnostics::{Diagnostic, codes};
use crate::kinds::registry;
use crate::kinds::schema::Type;
use crate::model::action::Deed;
use crate::model::address::{Address, Kind};
use crate::model::region::Region;
use crate::model::value::Value;
use crate::state::journal::Intent;
use crate::state::{Entry, EntryStatus, State};

/// The fewest objects of one account, region and kind whose absence is more than drift (S7).
const MANY: usize = 3;

/// Something that has vanished and that nobody has accepted as gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vanished {
    /// What others live in: a CEN, a router, a log project.
    Anchor {
        /// Which.
        address: Address,
        /// Its cloud id.
        id: String,
        /// What lived in it and is gone as well.
        covers: Vec<Address>,
    },
    /// More than half of what there was of a kind, in one account and region.
    Most {
        /// The kind.
        kind: Kind,
        /// The account id.
        account_id: String,
        /// The region; `None` for what has none.
        region: Option<Region>,
        /// Those that are gone.
        gone: Vec<Address>,
        /// How many there were.
        of: usize,
    },
}

/// What has vanished since the last apply, but for what `accepted` names or what lived in that. What this engine has
/// deleted itself, or has never seen settled (S8), has not vanished. `open` are the calls whose outcome is not known: a
/// delete among them may have been done.
pub fn vanished(state: &State, live: &Live, open: &[Intent], accepted: &BTreeSet<Address>) -> Vec<Vanished> {
    let is_ours = |entry: &Entry| {
        let deletes = |intent: &Intent| intent.deed == Deed::Delete && intent.id.as_ref() == Some(&entry.id);
        entry.status != EntryStatus::Settled || open.iter().any(deletes)
    };
    let settled = || state.resources.values().filter(|entry| !is_ours(entry));
    let is_gone = |entry: &Entry| matches!(live.managed.get(&entry.address), Some(None));
    if !settled().any(is_gone) {
        return Vec::new();
    }
    let homes = Homes::of(state);
    let of_gone_anchor = |above: &BTreeSet<&Address>| {
        above.iter().any(|address| {
            let home = state.resources.get(*address);
            home.is_some_and(|home| is_anchor(home.kind) && !is_ours(home) && is_gone(home))
        })
    };
    let mut found = Vec::new();
    let mut scopes: BTreeMap<_, (Vec<&Entry>, usize)> = BTreeMap::new();
    for entry in settled() {
        let above = homes.above(entry);
        // It went with what it lived in.
        if of_gone_anchor(&above) {
            continue;
        }
        if is_anchor(entry.kind) && is_gone(entry) {
            if !is_accepted(entry, &above, accepted) {
                let lived_in = |other: &&Entry| is_gone(other) && homes.above(other).contains(&entry.address);
                let covers = settled().filter(lived_in).map(|other| other.address.clone()).collect();
                found.push(Vanished::Anchor { address: entry.address.clone(), id: entry.id.clone(), covers });
            }
            continue;
        }
        let (gone, of) = scopes.entry((entry.kind, &entry.account_id, &entry.region)).or_default();
        *of += 1;
        gone.extend(is_gone(entry).then_some(entry));
    }
    for ((kind, account_id, region), (gone, of)) in scopes {
        let is_open = |entry: &&Entry| !is_accepted(entry, &homes.above(entry), accepted);
        if gone.len() >= MANY && gone.len() * 2 > of && gone.iter().any(is_open) {
            let gone = gone.into_iter().map(|entry| entry.address.clone()).collect();
            found.push(Vanished::Most { kind, account_id: account_id.to_owned(), region: region.clone(), gone, of });
        }
    }
    found
}

/// Whether others of the state live in objects of this kind (S7).
const fn is_anchor(kind: Kind) -> bool {
    matches!(kind, Kind::Cen | Kind::TransitRouter | Kind::LogProject)
}

/// Whether a word accepts that an object is gone: one that names it or what it lives in. A name without a key stands for
/// all instances.
fn is_accepted(entry: &Entry, above: &BTreeSet<&Address>, accepted: &BTreeSet<Address>) -> bool {
    let names = |word: &Address, address: &Address| {
        let Address { kind, name, key } = word;
        *kind == address.kind && *name == address.name && (key.is_none() || *key == address.key)
    };
    accepted.iter().any(|word| names(word, &entry.address) || above.iter().any(|home| names(word, home)))
}

/// What lives in what, as the objects themselves say it.
struct Homes<'a>(BTreeMap<(Kind, &'a str), &'a Entry>);

impl<'a> Homes<'a> {
    fn of(state: &'a State) -> Self {
        Self(state.resources.values().map(|entry| ((entry.kind, entry.id.as_str()), entry)).collect())
    }

    /// The resources that an object lives in, all the way up.
    fn above(&self, entry: &'a Entry) -> BTreeSet<&'a Address> {
        let mut above = BTreeSet::new();
        let mut left = vec![entry];
        while let Some(entry) = left.pop() {
            for attribute in registry::schema(entry.kind).attributes {
                let Type::Reference(kind) = attribute.ty else { continue };
                let id = entry.attributes.get(attribute.name).and_then(Value::as_text);
                let home = id.and_then(|id| self.0.get(&(kind, id)));
                left.extend(home.filter(|home| above.insert(&home.address)));
            }
        }
        above
    }
}

impl Vanished {
    /// What is gone, in a sentence.
    fn told(&self) -> String {
        let names = |addresses: &[Address]| some(&addresses.iter().map(ToString::to_string).collect::<Vec<_>>());
        match self {
            Self::Anchor { address, id, covers } => {
                let too = if covers.is_empty() { String::new() } else { format!(", and with it {}", names(covers)) };
                format!("{address} ({id}) is gone{too}.")
            }
            Self::Most { kind, account_id, region, gone, of } => {
                let region = region.as_ref().map(|region| format!(" in {}", region.0)).unwrap_or_default();
                let kinds = kind.spoken();
                format!(
                    "{} of {of} {kinds}s{region} of the account {account_id} are gone: {}.",
                    gone.len(),
                    names(gone)
                )
            }
        }
    }

    /// The fewest words that accept it. Several instances of one resource are named together.
    fn words(&self) -> Vec<Address> {
        match self {
            Self::Anchor { address, .. } => vec![address.clone()],
            Self::Most { gone, .. } => {
                let mut by_name: BTreeMap<Address, Vec<&Address>> = BTreeMap::new();
                for address in gone {
                    by_name.entry(Address { key: None, ..address.clone() }).or_default().push(address);
                }
                let word = |(all, each): (Address, Vec<&Address>)| match each.as_slice() {
                    [one] => (*one).clone(),
                    _ => all,
                };
                by_name.into_iter().map(word).collect()
            }
        }
    }
}

/// All of it as one problem, which names the words to go on with.
pub fn problem(found: &[Vanished]) -> Diagnostic {
    let told: Vec<String> = found.iter().map(Vanished::told).collect();
    let words: BTreeSet<Address> = found.iter().flat_map(Vanished::words).collect();
    let flags: Vec<String> =
        words.iter().map(|word| format!("--accept-gone {}", shell_word(&word.to_string()))).collect();
    Diagnostic::error(
        codes::VANISHED,
        "What the state manages has vanished",
        format!("{}\n\nEach was looked for by its id. Nothing was planned and nothing was changed.", told.join("\n")),
    )
    .help(format!(
        "Look first whether these are the right credentials, region and endpoint. If it was deleted on purpose, add {}: \
         what the stack declares is made again, and the rest is forgotten.",
        list(&flags)
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::state::samples::entry;

    /// A state of these: an address, its id, and what it refers to.
    fn state(entries: &[(&str, &str, serde_json::Value)]) -> State {
        let made = |(address, id, refers): &(&str, &str, serde_json::Value)| {
            let attributes = match Value::from(refers.clone()) {
                Value::Map(attributes) => attributes,
                _ => BTreeMap::new(),
            };
            let entry = Entry { attributes, status: EntryStatus::Settled, ..entry(address, id) };
            (entry.address.clone(), entry)
        };
        State { resources: entries.iter().map(made).collect(), ..State::default() }
    }

    fn network() -> State {
        state(&[
            ("cen.c", "cen-1", json!({})),
            ("transit_router.a", "tr-a", json!({ "cen": "cen-1" })),
            ("transit_router.b", "tr-b", json!({ "cen": "cen-1" })),
            ("attachment.a/1", "at-a1", json!({ "transit_router": "tr-a" })),
            ("attachment.a/2", "at-a2", json!({ "transit_router": "tr-a" })),
            ("attachment.a/3", "at-a3", json!({ "transit_router": "tr-a" })),
            ("attachment.b", "at-b", json!({ "transit_router": "tr-b" })),
            ("flow_log.a", "fl-a", json!({ "attachment": "at-a1", "logstore": "p/s" })),
            ("log_project.p", "p", json!({})),
            ("logstore.s", "p/s", json!({ "project": "p" })),
        ])
    }

    /// The words that are asked for when these are gone and those were accepted.
    fn asked(state: &State, gone: &[&str], accepted: &[&str]) -> Vec<String> {
        let addresses = |texts: &[&str]| -> BTreeSet<Address> { texts.iter().map(|t| t.parse().unwrap()).collect() };
        let managed = addresses(gone).into_iter().map(|address| (address, None)).collect();
        let live = Live { managed, ..Live::default() };
        let found = vanished(state, &live, &[], &addresses(accepted));
        found.iter().flat_map(Vanished::words).map(|word| word.to_string()).collect()
    }

    /// S7: an anchor; at least three and more than half of an account, region and kind.
    #[test]
    fn an_anchor_or_most_of_a_kind_must_be_accepted() {
        let state = network();
        let none = Vec::<String>::new();
        assert_eq!(asked(&state, &["attachment.a/1", "attachment.a/2", "flow_log.a"], &[]), none);
        let three = ["attachment.a/1", "attachment.a/2", "attachment.a/3"];
        assert_eq!(asked(&state, &three, &[]), ["attachment.a"]);
        assert_eq!(asked(&state, &three, &["attachment.a/1", "attachment.a/2"]), ["attachment.a"], "all of them");
        for word in ["attachment.a", "transit_router.a", "cen.c"] {
            assert_eq!(asked(&state, &three, &[word]), none, "{word}");
        }
        assert_eq!(asked(&state, &["log_project.p", "logstore.s"], &[]), ["log_project.p"]);
        assert_eq!(asked(&state, &["log_project.p", "logstore.s"], &["logstore.s"]), ["log_project.p"]);
        let all = state.resources.keys().map(ToString::to_string).collect::<Vec<_>>();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(asked(&state, &all, &[]), ["cen.c", "log_project.p"], "what lives in them is theirs");
        assert_eq!(asked(&state, &all, &["cen.c"]), ["log_project.p"]);
        assert_eq!(asked(&state, &["transit_router.a", "attachment.a/1"], &[]), ["transit_router.a"]);
    }

    /// S7: half is not more than half.
    #[test]
    fn half_of_a_kind_may_go() {
        let mut entries: Vec<(String, String)> =
            (0..6).map(|number| (format!("flow_log.l{number}"), format!("fl-{number}"))).collect();
        let gone = |entries: &[(String, String)]| {
            let state = state(&entries.iter().map(|(a, id)| (a.as_str(), id.as_str(), json!({}))).collect::<Vec<_>>());
            asked(&state, &["flow_log.l0", "flow_log.l1", "flow_log.l2"], &[])
        };
        assert_eq!(gone(&entries), Vec::<String>::new());
        entries.pop();
        assert_eq!(gone(&entries), ["flow_log.l0", "flow_log.l1", "flow_log.l2"]);
    }

    /// S7, S8: what this engine has deleted, and what was never seen settled, has not vanished.
    #[test]
    fn what_was_deleted_by_us_has_not_vanished() {
        for status in [EntryStatus::Deleting, EntryStatus::Creating] {
            let mut state = network();
            state.resources.get_mut(&"cen.c".parse().unwrap()).unwrap().status = status;
            assert_eq!(asked(&state, &["cen.c"], &[]), Vec::<String>::new());
        }
    }
}
