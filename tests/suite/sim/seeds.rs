//! As many lives as are asked for.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use cenform::base::env::Environment;

use super::author::story;
use super::many::{lived, side_by_side, wanted};
use super::player::{Told, play};
use super::story::Story;
use crate::suite::engine::bench::Plain;
use crate::suite::shell::repository;

/// The lives that are lived where nothing is said.
const SEEDS: Range<u64> = 0..500;

/// How many of those that went wrong are told whole.
const TOLD: usize = 3;

#[test]
fn every_life_comes_to_rest_with_nothing_lost() {
    let environment = Environment::of_process();
    let seeds: Vec<u64> = wanted(&environment, "CENFORM_SEED", "CENFORM_SEEDS", SEEDS).collect();
    let tells = environment.get("CENFORM_SEED").is_some();
    let wrong = side_by_side(&seeds, |seed| {
        let told = lived(&story(*seed), Arc::new(Plain));
        if tells {
            println!("{}\n{}", story(*seed), told.log);
        }
        told.broken.is_some().then_some((*seed, told))
    });
    let wrong: BTreeMap<u64, Told> = wrong.into_iter().flatten().collect();
    let mut causes = BTreeMap::<String, Vec<u64>>::new();
    for (seed, told) in &wrong {
        let cause = told.broken.as_deref().unwrap_or_default().lines().next().unwrap_or_default();
        causes.entry(cause.to_owned()).or_default().push(*seed);
    }
    for (seed, told) in wrong.iter().take(TOLD) {
        let broken = told.broken.as_deref().unwrap_or_default();
        println!("== seed {seed}:\n{}\n{}\n{broken}\n", story(*seed), told.log);
    }
    let causes = causes.iter().map(|(cause, seeds)| format!("{} times {seeds:?}: {cause}", seeds.len()));
    let causes = causes.collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {} lives went wrong:\n{causes}", wrong.len(), seeds.len());
}

#[test]
fn lives_that_once_went_wrong_come_to_rest() {
    let folder = repository().join("tests/suite/sim/stories");
    let mut wrong = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let story: Story = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        wrong.extend(lived(&story, Arc::new(Plain)).broken.map(|broken| format!("{}: {broken}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_life_is_the_same_each_time() {
    for seed in 0..10 {
        let story = story(seed);
        assert_eq!(serde_yaml::from_str::<Story>(&story.to_string()).unwrap(), story);
        assert_eq!(play(&story, Arc::new(Plain)), play(&story, Arc::new(Plain)), "seed {seed}");
    }
}
