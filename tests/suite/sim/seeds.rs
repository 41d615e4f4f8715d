//! As many lives as are asked for.

use std::collections::BTreeMap;
use std::panic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use cenform::base::env::Environment;

use super::allowed::Allowed;
use super::author::story;
use super::player::{Told, play};
use super::story::Story;
use crate::suite::engine::bench::Plain;
use crate::suite::shell::repository;

/// How many lives are lived where nothing is said.
const SEEDS: u64 = 500;

/// How many of those that went wrong are told whole.
const TOLD: usize = 3;

struct Wanted {
    first: u64,
    seeds: u64,
    allowed: Allowed,
    tells: bool,
}

impl Wanted {
    fn of(environment: &Environment) -> Self {
        let number = |name| environment.get(name).map(|text| text.parse::<u64>().unwrap());
        let allowed = environment.get("CENFORM_ALLOW").map_or_else(Allowed::default, Allowed::read);
        match number("CENFORM_SEED") {
            Some(seed) => Self { first: seed, seeds: 1, allowed, tells: true },
            None => Self { first: 0, seeds: number("CENFORM_SEEDS").unwrap_or(SEEDS), allowed, tells: false },
        }
    }
}

/// A panic is something that should not have happened either.
fn lived(story: &Story) -> Told {
    let told = panic::catch_unwind(|| play(story, Arc::new(Plain)));
    told.unwrap_or_else(|_| Told { log: String::new(), broken: Some("a panic, printed above".to_owned()) })
}

#[test]
fn every_life_comes_to_rest_with_nothing_lost() {
    let wanted = Wanted::of(&Environment::of_process());
    let next = AtomicU64::new(wanted.first);
    let wrong = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= wanted.first + wanted.seeds {
                        break;
                    }
                    let told = lived(&story(seed, wanted.allowed));
                    if wanted.tells {
                        println!("{}\n{}", story(seed, wanted.allowed), told.log);
                    }
                    if told.broken.is_some() {
                        wrong.lock().unwrap().insert(seed, told);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let mut causes = BTreeMap::<String, Vec<u64>>::new();
    for (seed, told) in &wrong {
        let cause = told.broken.as_deref().unwrap_or_default().lines().next().unwrap_or_default();
        causes.entry(cause.to_owned()).or_default().push(*seed);
    }
    for (seed, told) in wrong.iter().take(TOLD) {
        let broken = told.broken.as_deref().unwrap_or_default();
        println!("== seed {seed}:\n{}\n{}\n{broken}\n", story(*seed, wanted.allowed), told.log);
    }
    let causes = causes.iter().map(|(cause, seeds)| format!("{} times {seeds:?}: {cause}", seeds.len()));
    let causes = causes.collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {} lives went wrong:\n{causes}", wrong.len(), wanted.seeds);
}

#[test]
fn lives_that_once_went_wrong_come_to_rest() {
    let folder = repository().join("tests/suite/sim/stories");
    let mut wrong = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let story: Story = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        wrong.extend(lived(&story).broken.map(|broken| format!("{}: {broken}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_life_is_the_same_each_time() {
    for seed in 0..10 {
        let story = story(seed, Allowed { stale_lists: true });
        assert_eq!(serde_yaml::from_str::<Story>(&story.to_string()).unwrap(), story);
        assert_eq!(play(&story, Arc::new(Plain)), play(&story, Arc::new(Plain)), "seed {seed}");
    }
}
