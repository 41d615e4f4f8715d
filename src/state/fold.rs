//! Folding a journal onto the state that it continues.

use super::backend::Loaded;
use super::entry::State;
use super::file::{MOST, check};
use super::frames::Journal;
use super::journal::{Begin, Intent, Record, Wrote};
use crate::model::address::Address;

/// Why a journal and a state cannot be put together.
#[derive(Debug, PartialEq)]
pub(super) enum Misfit {
    /// They do not belong together.
    Foreign(String),
    /// What comes out is not a state.
    Broken(String),
}

/// The state with the journal folded onto it.
///
/// A journal normally continues the very serial of the state; without a state file, serial 0. One
/// that is exactly one serial behind is what a crash leaves between the two steps of a commit: the
/// new state is in place, the new journal is not. Its entries are in the state already (and may be
/// older than the state's); only its open intents and its acknowledged writes still count, because the
/// new journal was to carry them on. An intent that had been settled by that commit without an outcome in the journal comes
/// back as open, which costs a look-up and loses nothing (S25).
pub(super) fn fold(state: Option<State>, journal: &Journal) -> Result<Loaded, Misfit> {
    let Journal { begin, records } = journal;
    let state = base(state, begin)?;
    let committed = state.serial != begin.serial;
    let Loaded { state, open, recent, .. } = replay(state, records, committed);
    check(&state).map_err(Misfit::Broken)?;
    // What a commit carries of acknowledged writes is in the state already.
    let news = records.iter().any(|record| !matches!(record, Record::Wrote(_)));
    let interrupted = if committed { !open.is_empty() } else { news };
    let last = records.iter().filter_map(|record| match record {
        Record::Intent(intent) => Some(intent.number),
        _ => None,
    });
    let last = last.max().unwrap_or_default();
    if last > MOST {
        return Err(Misfit::Broken(format!("it has an intent with the number {last}, and no run sends so many")));
    }
    Ok(Loaded { state, open, recent, last, interrupted })
}

/// Replays records onto a state, which knows their entries already if it is `committed`.
pub(super) fn replay(state: State, records: &[Record], committed: bool) -> Loaded {
    let mut loaded = Loaded { state, ..Loaded::default() };
    for record in records {
        match record {
            Record::Intent(intent) => loaded.open.push(intent.clone()),
            Record::Outcome(outcome) => {
                // An outcome of an intent that is not open says nothing new.
                if let Some(at) = loaded.open.iter().rposition(|intent| intent.number == outcome.number) {
                    loaded.open.remove(at);
                }
            }
            Record::Entry(entry) if !committed => {
                loaded.state.resources.insert(entry.address.clone(), entry.as_ref().clone());
            }
            Record::Gone { address } if !committed => drop(loaded.state.resources.remove(address)),
            Record::Wrote(wrote) => loaded.recent.push(wrote.clone()),
            Record::Moved { from, to } if !committed => loaded.move_entry(from, to),
            Record::Moved { from, to } => follow(&mut loaded.open, &mut loaded.recent, from, to),
            Record::Entry(_) | Record::Gone { .. } | Record::Begin(_) => {}
        }
    }
    loaded
}

impl Loaded {
    /// Puts what is at `from` to `to`, where nothing may be, with everything that names it: what depends on it, calls
    /// whose outcome is not known, and recent writes (S19). [`Record::Moved`] is how a journal says so.
    pub fn move_entry(&mut self, from: &Address, to: &Address) {
        self.state.move_entry(from, to);
        follow(&mut self.open, &mut self.recent, from, to);
    }
}

/// Lets intents and writes follow what has moved.
fn follow(open: &mut [Intent], recent: &mut [Wrote], from: &Address, to: &Address) {
    let addresses = open.iter_mut().map(|intent| &mut intent.address);
    for address in addresses.chain(recent.iter_mut().map(|wrote| &mut wrote.address)).filter(|at| *at == from) {
        address.clone_from(to);
    }
}

/// The state that a journal with this beginning is folded onto.
pub(super) fn base(state: Option<State>, begin: &Begin) -> Result<State, Misfit> {
    let Begin { version: _, lineage, serial, account_id, emulator, run: _ } = begin;
    let Some(state) = state else {
        return if *serial == 0 {
            Ok(State {
                lineage: lineage.clone(),
                account_id: account_id.clone(),
                emulator: *emulator,
                ..State::default()
            })
        } else {
            Err(Misfit::Foreign(format!("it continues the serial {serial}, and there is no state file")))
        };
    };
    if state.lineage != *lineage {
        return Err(Misfit::Foreign(format!("it continues the lineage {lineage}, the state has {}", state.lineage)));
    }
    if state.account_id != *account_id || state.emulator != *emulator {
        let of = |id: &str, emulator| format!("{}account {id}", if emulator { "an emulator's " } else { "" });
        return Err(Misfit::Foreign(format!(
            "it is about {}, the state about {}",
            of(account_id, *emulator),
            of(&state.account_id, state.emulator)
        )));
    }
    if state.serial != *serial && state.serial.checked_sub(1) != Some(*serial) {
        return Err(Misfit::Foreign(format!("it continues the serial {serial}, the state has {}", state.serial)));
    }
    Ok(state)
}

/// What a new journal takes over from the one before it.
pub(super) fn carried(open: &[Intent], recent: &[Wrote]) -> Vec<Record> {
    let open = open.iter().cloned().map(Record::Intent);
    open.chain(recent.iter().cloned().map(Record::Wrote)).collect()
}

/// The beginning of the journal and what is left of `records`, when they are appended to a journal
/// that has `begun`. Without one, the first of them must be a beginning that fits `state`; with one,
/// a beginning among them must be the same and is not repeated.
pub(super) fn admit(
    begun: Option<&Begin>,
    state: Option<State>,
    records: Vec<Record>,
) -> Result<(Begin, Vec<Record>), Misfit> {
    let mut begin = begun.cloned();
    let mut rest = Vec::with_capacity(records.len());
    let silent = || Misfit::Broken("its first record must say which state it continues".to_owned());
    for record in records {
        match (record, &begin) {
            (Record::Begin(given), None) => begin = Some(given),
            (Record::Begin(given), Some(begun)) if given.continues_the_same(begun) => {}
            (Record::Begin(given), Some(begun)) => {
                return Err(Misfit::Foreign(format!(
                    "the run continues the serial {} of the lineage {}, the journal the serial {} of {}",
                    given.serial, given.lineage, begun.serial, begun.lineage
                )));
            }
            (_, None) => return Err(silent()),
            (record, Some(_)) => rest.push(record),
        }
    }
    let begin = begin.ok_or_else(silent)?;
    if begun.is_none() {
        let state = base(state, &begin)?;
        if state.serial != begin.serial {
            return Err(Misfit::Foreign(format!(
                "the run continues the serial {}, the state has {}",
                begin.serial, state.serial
            )));
        }
    }
    Ok((begin, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::samples;

    fn journal(serial: u64, records: Vec<Record>) -> Journal {
        let state = State { serial, ..samples::state() };
        Journal { begin: Begin::of(&state), records }
    }

    fn entry(address: &str, id: &str) -> Record {
        Record::Entry(Box::new(samples::entry(address, id)))
    }

    /// S19: whether the run was killed before or after its commit, what has moved is where it was moved to.
    #[test]
    fn what_has_moved_takes_along_what_names_it() {
        let [from, to] = ["cen.backbone", "cen.core"].map(samples::address);
        let moved = Record::Moved { from: from.clone(), to: to.clone() };
        let (intent, wrote) = (samples::intent(1), samples::wrote(0));
        let intent = Intent { address: from.clone(), ..intent };
        let records = || vec![Record::Intent(intent.clone()), Record::Wrote(wrote.clone()), moved.clone()];
        assert_eq!(wrote.address, from);
        let state = samples::state();
        let held = |state: &State, at: &Address| state.resources.values().any(|entry| entry.dependencies.contains(at));
        assert!(held(&state, &from));
        let folded = fold(Some(state.clone()), &journal(state.serial, records())).unwrap();
        assert_eq!(folded.state.resources[&to].id, state.resources[&from].id);
        assert_eq!(folded.state.resources[&to].address, to);
        assert!(!folded.state.resources.contains_key(&from) && !held(&folded.state, &from) && held(&folded.state, &to));
        // After the commit the state knows of it, and what goes on in the journal does not.
        let committed =
            fold(Some(State { serial: state.serial + 1, ..folded.state.clone() }), &journal(state.serial, records()));
        let committed = committed.unwrap();
        assert_eq!(committed.state.resources, folded.state.resources);
        for Loaded { open, recent, .. } in [folded, committed] {
            assert_eq!((&open[0].address, &recent[0].address), (&to, &to));
        }
    }

    #[test]
    fn entries_come_and_go_and_intents_stay_open() {
        let records = vec![
            Record::Intent(samples::intent(1)),
            Record::Intent(samples::intent(2)),
            samples::outcome(1),
            entry("cen.new", "cen-1"),
            entry("cen.brief", "cen-2"),
            Record::Gone { address: samples::address("cen.brief") },
            Record::Gone { address: samples::address("cen.backbone") },
        ];
        let loaded = fold(Some(samples::state()), &journal(7, records)).unwrap();
        assert_eq!(loaded.open, [samples::intent(2)]);
        assert!(loaded.interrupted);
        assert_eq!(loaded.last, 2);
        let kept: Vec<_> = loaded.state.resources.keys().map(ToString::to_string).collect();
        assert_eq!(kept, ["cen.new", "transit_router.hz", "flow_log.spoke[\"eu \\\"1\\\"\"]"]);
    }

    #[test]
    fn the_first_apply_has_a_journal_before_it_has_a_state() {
        let loaded = fold(None, &journal(0, vec![entry("cen.a", "cen-1")])).unwrap();
        assert_eq!((loaded.state.serial, loaded.state.lineage), (0, samples::state().lineage));
        assert_eq!(loaded.state.account_id, "1000000000000001");
        assert!(loaded.state.emulator && loaded.interrupted);
        assert_eq!(loaded.state.resources.len(), 1);
    }

    #[test]
    fn after_half_a_commit_the_state_wins_and_open_intents_stay() {
        let records = vec![
            entry("cen.backbone", "cen-older"),
            Record::Gone { address: samples::address("transit_router.hz") },
            Record::Intent(samples::intent(1)),
            Record::Intent(samples::intent(2)),
            samples::outcome(2),
        ];
        let loaded = fold(Some(samples::state()), &journal(6, records)).unwrap();
        assert_eq!(loaded.state, samples::state());
        assert_eq!(loaded.open, [samples::intent(1)]);
        assert!(loaded.interrupted);
        let quiet = fold(Some(samples::state()), &journal(6, vec![entry("cen.x", "cen-x")])).unwrap();
        assert!(!quiet.interrupted, "everything is in the state file");
    }

    #[test]
    fn acknowledged_writes_are_remembered_and_are_no_news() {
        for serial in [7, 6] {
            let loaded =
                fold(Some(samples::state()), &journal(serial, vec![Record::Wrote(samples::wrote(1))])).unwrap();
            assert_eq!((loaded.recent, loaded.interrupted), (vec![samples::wrote(1)], false));
        }
    }

    #[test]
    fn a_journal_of_another_state_is_refused() {
        for (state, begin, expected) in [
            (None, journal(7, vec![]), "serial 7, and there is no state file"),
            (Some(samples::state()), journal(5, vec![]), "continues the serial 5, the state has 7"),
            (Some(samples::state()), journal(8, vec![]), "continues the serial 8, the state has 7"),
            (
                Some(State { lineage: "other".to_owned(), ..samples::state() }),
                journal(7, vec![]),
                "the state has other",
            ),
            (
                Some(State { account_id: "2".to_owned(), emulator: false, ..samples::state() }),
                journal(7, vec![]),
                "about an emulator's account 1000000000000001, the state about account 2",
            ),
        ] {
            match fold(state, &begin) {
                Err(Misfit::Foreign(problem)) => assert!(problem.contains(expected), "{problem}"),
                other => panic!("{other:?}"),
            }
        }
        let twice = fold(Some(samples::state()), &journal(7, vec![entry("cen.b", "cen-7qthudw0ll6jmc")]));
        assert!(matches!(twice, Err(Misfit::Broken(problem)) if problem.contains("stands in it twice")));
    }
}
