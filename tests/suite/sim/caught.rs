//! That no mutant lives unseen.

use std::sync::Arc;

use cenform::base::env::Environment;

use super::author;
use super::calm::calm;
use super::many::{lived, side_by_side};
use super::mutants::Mutant;
use super::scenes::lookalike;
use super::seen::Seen;
use super::story::{Beside, End, Story};
use super::watch::{Op, Role};
use crate::suite::engine::bench::{Plain, Ports};

/// How many random lives a mutant lives at most.
const SEEDS: u64 = 5000;

/// Two CENs, of which a list tells.
const TWO: &str = r"
version: 1
provider: { region: cn-hangzhou, settle_window: 0s }
cens: { a: { name: a }, b: { name: b } }
";

/// A life that is aimed at a mutant.
#[derive(Debug)]
enum Life {
    Told(Box<Story>),
    /// See [`lookalike`].
    Lookalike(u64),
}

impl Life {
    fn broken(&self, ports: Arc<dyn Ports>) -> Option<String> {
        match self {
            Self::Told(story) => lived(story, ports).broken,
            Self::Lookalike(call) => lookalike(ports, *call).err(),
        }
    }
}

fn ending(seed: u64, end: End, power_fails: bool) -> Life {
    let mut story = calm(seed);
    story.steps[0].end = end;
    story.steps[0].power_fails = power_fails;
    Life::Told(Box::new(story))
}

/// Power fails after each of the first calls.
fn calls_and_power_cuts() -> Vec<Life> {
    let lives = (1..=4).flat_map(|seed| (1..=12).map(move |call| ending(seed, End::After(call), true)));
    lives.collect()
}

/// Power fails right after the names of a file have been synced.
fn power_cuts_after(role: Role) -> Vec<Life> {
    let seen = Seen::default();
    assert_eq!(lived(&calm(1), Arc::new(seen.clone())).broken, None);
    let steps = seen.book().first_run();
    let synced = steps.iter().enumerate().filter(|(_, step)| (step.role, step.op) == (role, Op::SyncDir));
    let nexts: Vec<u64> = synced.map(|(at, _)| u64::try_from(at).unwrap() + 2).collect();
    let lives = (1..=8).flat_map(|seed| nexts.iter().map(move |next| ending(seed, End::At(*next), true)));
    lives.collect()
}

/// A second run begins with each call of the first.
fn two_at_once(robs: bool) -> Vec<Life> {
    let beside = |from| {
        let mut story = calm(1);
        let stack = story.steps[0].stack.clone();
        story.steps[0].beside = Some(Beside { from, stack, destroy: false, wait_s: 0, robs, end: End::Own });
        Life::Told(Box::new(story))
    };
    (1..=60).map(beside).collect()
}

/// The lives that are aimed at a mutant, those that it is known not to survive first.
fn aimed(mutant: Mutant) -> Vec<Life> {
    match mutant {
        Mutant::AppendNotSynced | Mutant::OwnNamesNotSynced | Mutant::FolderNameNotSynced => calls_and_power_cuts(),
        Mutant::JournalNotSynced | Mutant::StateNameNotSynced => power_cuts_after(Role::Journal),
        Mutant::StateNotSynced => power_cuts_after(Role::State),
        Mutant::TokensNotKept => (1..=12).map(|call| ending(1, End::After(call), false)).collect(),
        Mutant::LockAlwaysGiven => two_at_once(false),
        Mutant::FenceIgnored => two_at_once(true),
        Mutant::OursWithoutProof => (1..=6).map(Life::Lookalike).collect(),
        Mutant::TokensNotChanged => {
            let mut story = calm(1);
            story.cloud.write_domains = true;
            vec![Life::Told(Box::new(story))]
        }
        Mutant::IdsReadFromLists => {
            let mut story = calm(1);
            TWO.clone_into(&mut story.steps[0].stack);
            story.cloud.stale_ms = 3000;
            story.cloud.settle_ms = 0;
            vec![Life::Told(Box::new(story))]
        }
    }
}

#[test]
fn no_mutant_survives_what_is_aimed_at_it() {
    let fates = side_by_side(&Mutant::ALL, |mutant| {
        let lives = aimed(*mutant);
        let fatal = lives.iter().enumerate().find_map(|(at, life)| Some((at, life, life.broken(Arc::new(*mutant))?)));
        let Some((at, life, broken)) = fatal else { return Err(format!("{mutant:?} survives {} lives", lives.len())) };
        println!("{mutant:?} fails in life {}: {}", at + 1, broken.lines().next().unwrap_or_default());
        match life.broken(Arc::new(Plain)) {
            None => Ok(()),
            Some(broken) => Err(format!("{life:?} goes wrong without {mutant:?}, too: {broken}")),
        }
    });
    let unseen: Vec<String> = fates.into_iter().filter_map(Result::err).collect();
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
}

#[test]
fn no_mutant_that_is_asked_for_survives_random_lives() {
    let environment = Environment::of_process();
    let Some(asked) = environment.get("CENFORM_MUTANT") else { return };
    let seeds = environment.get("CENFORM_SEEDS").map_or(SEEDS, |text| text.parse().unwrap());
    let asked: Vec<Mutant> =
        Mutant::ALL.into_iter().filter(|mutant| asked == "all" || format!("{mutant:?}") == asked).collect();
    let survivors = side_by_side(&asked, |mutant| {
        let fatal = (0..seeds).find(|seed| {
            let story = author::story(*seed);
            lived(&story, Arc::new(*mutant)).broken.is_some() && lived(&story, Arc::new(Plain)).broken.is_none()
        });
        println!(
            "{mutant:?}: {}",
            fatal.map_or_else(|| "survives".to_owned(), |seed| format!("fails with seed {seed}"))
        );
        fatal.is_none().then_some(*mutant)
    });
    let survivors: Vec<Mutant> = survivors.into_iter().flatten().collect();
    assert!(survivors.is_empty(), "{survivors:?}");
}

#[test]
fn two_runs_cost_nothing_wherever_the_second_begins() {
    let lives: Vec<Life> = two_at_once(false).into_iter().chain(two_at_once(true)).collect();
    let broken = side_by_side(&lives, |life| life.broken(Arc::new(Plain)).map(|broken| format!("{life:?}: {broken}")));
    let broken: Vec<String> = broken.into_iter().flatten().collect();
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}
