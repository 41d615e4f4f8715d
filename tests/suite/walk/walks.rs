//! As many walks as are asked for.

use std::ops::Range;
use std::panic;

use cenform::base::env::Environment;

use super::walker::{Walked, walk};
use crate::suite::sim::many::{side_by_side, wanted};

/// The walks that are walked where nothing is said.
const WALKS: Range<u64> = 0..500;

/// How many of those that went wrong are told whole.
const TOLD: usize = 3;

/// Walks one; a panic is something that should not have happened either.
fn walked(seed: u64) -> Walked {
    panic::catch_unwind(|| walk(seed))
        .unwrap_or_else(|_| Walked { story: String::new(), broken: Some("a panic, printed above".to_owned()) })
}

#[test]
fn every_walk_comes_out_as_planned() {
    let environment = Environment::of_process();
    let seeds: Vec<u64> = wanted(&environment, "CENFORM_WALK", "CENFORM_WALKS", WALKS).collect();
    let tells = environment.get("CENFORM_WALK").is_some();
    let wrong: Vec<(u64, Walked)> = side_by_side(&seeds, |seed| {
        let walked = walked(*seed);
        if tells {
            println!("{}", walked.story);
        }
        walked.broken.is_some().then_some((*seed, walked))
    })
    .into_iter()
    .flatten()
    .collect();
    for (seed, walked) in wrong.iter().take(TOLD) {
        println!("== walk {seed}:\n{}\n{}\n", walked.story, walked.broken.as_deref().unwrap_or_default());
    }
    let first =
        |walked: &Walked| walked.broken.iter().flat_map(|text| text.lines()).next().unwrap_or_default().to_owned();
    let causes: Vec<String> = wrong.iter().map(|(seed, walked)| format!("{seed}: {}", first(walked))).collect();
    assert!(wrong.is_empty(), "{} of {} walks went wrong:\n{}", wrong.len(), seeds.len(), causes.join("\n"));
}
