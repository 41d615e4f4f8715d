//! Every boundary of the disk and of the wire, met by every trouble, for every kind: each such cell is hit by some life,
//! which then comes to rest as all lives do.
//!
//! A boundary of the disk is a file by what it is for and a step of what is done to it; the kinds are those of the
//! records that are being written there, for a commit those in the state. Files that are about no kind have one
//! cell for all. A boundary of the wire is a call before it is sent or after it was done, or a trouble with its answer;
//! the kind is that of the object created. A cell is counted where the trouble was seen to happen, not where a life
//! was aimed at it. `HOPELESS` lists the cells that cannot be, and why.
//!
//! The lives are aimed: a first life without trouble shows at which step each boundary is met.
//! `cargo test --test main sim::matrix -- --nocapture` prints the counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use cenform::model::address::Kind;
use serde_json::{Value as Json, json};

use super::calls::creation;
use super::calm::calm;
use super::many::{lived, side_by_side};
use super::player::Told;
use super::seen::{Called, Crossed, Seen};
use super::story::{End, Story};
use super::watch::{Op, Role};

/// The boundaries of the disk that are about kinds.
const ABOUT_KINDS: [(Role, &[Op]); 3] = [
    (Role::Journal, &[Op::Temporary, Op::Write, Op::Sync, Op::Rename, Op::SyncDir, Op::AppendWrite, Op::AppendSync]),
    (Role::State, &[Op::Temporary, Op::Write, Op::Sync, Op::Rename, Op::SyncDir]),
    (Role::Backup, &[Op::Link, Op::SyncDir]),
];

/// Those that are not.
const OTHERS: [(Role, &[Op]); 3] = [
    (Role::Holder, &[Op::Temporary, Op::Write, Op::Sync, Op::Rename, Op::SyncDir]),
    (Role::Lock, &[Op::TryLock]),
    (Role::Folders, &[Op::CreateDir, Op::Temporary, Op::Write, Op::Sync, Op::Rename, Op::SyncDir]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Blow {
    Killed,
    PowerLost,
    Full,
    Denied,
    ReadOnly,
    Robbed,
}

const BLOWS: [Blow; 6] = [Blow::Killed, Blow::PowerLost, Blow::Full, Blow::Denied, Blow::ReadOnly, Blow::Robbed];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    KilledBefore,
    PowerLostBefore,
    KilledAfter,
    PowerLostAfter,
    Error,
    Throttled,
    LostRequest,
    LostAnswer,
    Late,
    Stale,
    Restart,
    TokensForgotten,
}

const TROUBLES: [Trouble; 12] = [
    Trouble::KilledBefore,
    Trouble::PowerLostBefore,
    Trouble::KilledAfter,
    Trouble::PowerLostAfter,
    Trouble::Error,
    Trouble::Throttled,
    Trouble::LostRequest,
    Trouble::LostAnswer,
    Trouble::Late,
    Trouble::Stale,
    Trouble::Restart,
    Trouble::TokensForgotten,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Disk(Role, Op, Blow, Option<Kind>),
    Wire(Trouble, Kind),
}

/// The cells that cannot be, and why.
type Hopeless = (fn(Cell) -> bool, &'static str);

const HOPELESS: [Hopeless; 4] = [
    (
        |cell| matches!(cell, Cell::Disk(Role::Journal | Role::State, Op::Rename, Blow::Robbed, _)),
        "nobody can look who holds the lock and rename in one step: who takes it in between has won and lost",
    ),
    (
        |cell| matches!(cell, Cell::Disk(Role::Folders | Role::Lock, _, Blow::Robbed, _)),
        "before a process has the lock, nobody can take it from it",
    ),
    (
        |cell| matches!(cell, Cell::Wire(Trouble::Stale, Kind::LogProject | Kind::Logstore)),
        "a project is read by its name, and so is a logstore: no list is asked",
    ),
    (
        |cell| matches!(cell, Cell::Wire(Trouble::TokensForgotten, Kind::LogProject | Kind::Logstore)),
        "calls of the log service have no token",
    ),
];

fn cells() -> impl Iterator<Item = Cell> {
    let about = ABOUT_KINDS.into_iter().flat_map(|(role, ops)| {
        let of = move |op: &Op| {
            Kind::ALL.map({
                let op = *op;
                move |kind| (role, op, Some(kind))
            })
        };
        ops.iter().flat_map(of).collect::<Vec<_>>()
    });
    let others = OTHERS.into_iter().flat_map(|(role, ops)| ops.iter().map(move |op| (role, *op, None)));
    let disk = about.chain(others).flat_map(|(role, op, kind)| BLOWS.map(|blow| Cell::Disk(role, op, blow, kind)));
    let wire = TROUBLES.into_iter().flat_map(|trouble| Kind::ALL.iter().map(move |kind| Cell::Wire(trouble, *kind)));
    disk.chain(wire).filter(|cell| HOPELESS.iter().all(|(is, _)| !is(*cell)))
}

/// A life, and what it is aimed at.
enum Aim {
    /// The step of the disk, counted from 1.
    Disk(Blow, usize),
    Wire(Trouble, Kind),
}

/// The cells that a step of the disk fills.
fn filled(crossed: &Crossed, blow: Blow) -> Vec<Cell> {
    let Crossed { role, op, kinds } = crossed;
    if OTHERS.iter().any(|(other, _)| other == role) {
        return vec![Cell::Disk(*role, *op, blow, None)];
    }
    kinds.iter().map(|kind| Cell::Disk(*role, *op, blow, Some(*kind))).collect()
}

/// How far lists lag behind: less than the settle window of the stack.
const LAG_MS: u64 = 8000;

impl Aim {
    fn story(&self, calls: &[Called]) -> Story {
        let mut story = calm(1);
        let step = &mut story.steps[0];
        match *self {
            Self::Disk(blow, at) => {
                let at = u64::try_from(at).unwrap();
                step.end = match blow {
                    Blow::Killed | Blow::PowerLost => End::At(at),
                    Blow::Full => End::Full(at),
                    Blow::Denied => End::Denied(at),
                    Blow::ReadOnly => End::ReadOnly(at),
                    Blow::Robbed => End::Own,
                };
                step.power_fails = blow == Blow::PowerLost;
            }
            Self::Wire(trouble, kind) => {
                let is = |called: &Called| called.call.creates && called.call.kind == Some(kind);
                let at = calls.iter().position(is).unwrap();
                let nth = 1 + u64::try_from(at).unwrap();
                // Where lists lag behind, more of them are asked for.
                let nth_write = 1 + calls[..at].iter().filter(|called| called.call.writes).map(|_| 1).sum::<u64>();
                let first = |then: Json| json!({ "action": creation(kind), "nth": 1, "then": then });
                match trouble {
                    Trouble::KilledBefore | Trouble::PowerLostBefore => step.end = End::BeforeAny(nth),
                    Trouble::KilledAfter | Trouble::PowerLostAfter => step.end = End::AfterAny(nth),
                    Trouble::Error => step.faults.push(first(json!({ "error": "InternalError", "http": 500 }))),
                    Trouble::Throttled => step.faults.push(first(json!({ "throttle": true }))),
                    Trouble::LostRequest => step.faults.push(first(json!("drop_request"))),
                    Trouble::LostAnswer => step.faults.push(first(json!("drop_reply"))),
                    Trouble::Late => step.faults.push(first(json!({ "delay": "20s" }))),
                    Trouble::Stale => {
                        step.end = End::After(nth_write);
                        story.cloud.stale_ms = LAG_MS;
                    }
                    Trouble::Restart => step.restart_at = Some(nth),
                    Trouble::TokensForgotten => {
                        step.faults.push(first(json!("drop_reply")));
                        step.faults.push(json!({ "action": creation(kind), "nth": 2, "then": "forget_tokens" }));
                    }
                }
                let step = &mut story.steps[0];
                step.power_fails = matches!(trouble, Trouble::PowerLostBefore | Trouble::PowerLostAfter);
            }
        }
        story
    }

    fn ports(&self) -> Seen {
        match self {
            Self::Disk(Blow::Robbed, at) => Seen::robbed_at(*at),
            _ => Seen::default(),
        }
    }

    /// The cells that were hit.
    fn hit(&self, seen: &Seen) -> Vec<Cell> {
        match *self {
            Self::Disk(blow, _) => seen.book().struck().map_or_else(Vec::new, |crossed| filled(&crossed, blow)),
            Self::Wire(trouble, kind) => {
                let calls = seen.book().calls();
                if met(trouble, kind, &calls) { vec![Cell::Wire(trouble, kind)] } else { Vec::new() }
            }
        }
    }
}

/// Whether a trouble was seen with the creation of a kind.
fn met(trouble: Trouble, kind: Kind, calls: &[Called]) -> bool {
    let of = |called: &&Called| called.call.kind == Some(kind);
    let creates = || calls.iter().filter(of).filter(|called| called.call.creates);
    let Some(first) = creates().next() else { return false };
    let answered = |text: &str| {
        let answer = first.came.as_ref().and_then(|came| came.answer.as_ref());
        answer.is_some_and(|(status, body)| *status >= 400 && body.contains(text))
    };
    let broke = || first.came.as_ref().is_some_and(|came| came.answer.is_none());
    match trouble {
        Trouble::KilledBefore | Trouble::PowerLostBefore | Trouble::KilledAfter | Trouble::PowerLostAfter => {
            first.came.is_none()
        }
        Trouble::Error => answered("InternalError"),
        Trouble::Throttled => answered("Throttling") || answered("ServerBusy"),
        Trouble::LostRequest | Trouble::LostAnswer | Trouble::Restart => broke(),
        Trouble::Late => first.came.as_ref().is_some_and(|came| came.after >= Duration::from_secs(20)),
        Trouble::Stale => {
            let later = calls.iter().skip_while(|called| !called.call.creates || called.call.kind != Some(kind));
            let soon = |called: &Called| {
                called.call.lists && called.begun.duration_since(first.begun) < Duration::from_millis(LAG_MS)
            };
            first.came.is_none() && later.skip(1).any(|called| called.call.kind == Some(kind) && soon(called))
        }
        Trouble::TokensForgotten => {
            broke() && creates().skip(1).any(|again| again.call.token.is_some() && again.call.token == first.call.token)
        }
    }
}

/// The fewest lives that are easily found to hit every cell of the disk that a life without trouble meets.
fn aims(steps: &[Crossed]) -> Vec<Aim> {
    let wanted: BTreeSet<Cell> = cells().collect();
    let mut aims = Vec::new();
    for blow in BLOWS {
        let filled = |step: &Crossed| filled(step, blow).into_iter().filter(|cell| wanted.contains(cell));
        let mut left: BTreeSet<Cell> = steps.iter().flat_map(filled).collect();
        while !left.is_empty() {
            let worth = |step: &Crossed| filled(step).filter(|cell| left.contains(cell)).count();
            let best = (0..steps.len()).max_by_key(|at| worth(&steps[*at])).unwrap();
            let filled: BTreeSet<Cell> = filled(&steps[best]).collect();
            left.retain(|cell| !filled.contains(cell));
            aims.push(Aim::Disk(blow, best + 1));
        }
    }
    let wire = wanted.iter().filter_map(|cell| match cell {
        Cell::Wire(trouble, kind) => Some(Aim::Wire(*trouble, *kind)),
        Cell::Disk(..) => None,
    });
    aims.extend(wire);
    aims
}

#[test]
fn every_boundary_meets_every_trouble_for_every_kind() {
    let seen = Seen::default();
    let told = lived(&calm(1), Arc::new(seen.clone()));
    assert_eq!(told.broken, None, "{}", told.log);
    let (steps, calls) = (seen.book().first_run(), seen.book().calls());
    let lives = side_by_side(&aims(&steps), |aim| {
        let (story, seen) = (aim.story(&calls), aim.ports());
        let Told { log, broken } = lived(&story, Arc::new(seen.clone()));
        let hit = aim.hit(&seen);
        (hit.clone(), broken.map(|broken| format!("{hit:?}: {broken}\n{log}")))
    });
    let mut counts: BTreeMap<Cell, u64> = cells().map(|cell| (cell, 0)).collect();
    for cell in lives.iter().flat_map(|(hit, _)| hit) {
        *counts.entry(*cell).or_default() += 1;
    }
    let mut table = String::new();
    for (cell, count) in &counts {
        let _ = writeln!(table, "{count:5} {cell:?}");
    }
    println!("{table}{} lives, {} cells", lives.len(), counts.len());
    let wrong: Vec<String> = lives.into_iter().filter_map(|(_, broken)| broken).collect();
    assert!(wrong.is_empty(), "{} lives went wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    let empty: Vec<_> = counts.iter().filter(|(_, count)| **count == 0).map(|(cell, _)| cell).collect();
    assert!(empty.is_empty(), "{} cells are empty:\n{empty:#?}", empty.len());
}
