//! As many kills as are asked for, in lives that go on side by side.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use cenform::base::env::Environment;

use super::life::{Life, Tally};

/// How many kills there are where nothing is said.
const KILLS: u64 = 30;

/// How many of them are in one life.
const A_LIFE: u64 = 6;

struct Wanted {
    first: u64,
    lives: u64,
}

impl Wanted {
    fn of(environment: &Environment) -> Self {
        let number = |name| environment.get(name).map(|text| text.parse::<u64>().unwrap());
        match number("CENFORM_SEED") {
            Some(first) => Self { first, lives: 1 },
            None => Self { first: 0, lives: number("CENFORM_KILLS").unwrap_or(KILLS).div_ceil(A_LIFE) },
        }
    }
}

/// Lives a life, and tells it if it goes wrong. Its folder is kept then.
fn lived(seed: u64) -> Result<Tally, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut life = Life::new(seed, folder.path());
    let ended = panic::catch_unwind(AssertUnwindSafe(|| life.live(usize::try_from(A_LIFE).unwrap())));
    let problem = match ended {
        Ok(Ok(())) => return Ok(life.tally),
        Ok(Err(error)) => format!("{error:#}"),
        Err(_) => "a panic, printed above".to_owned(),
    };
    let log = life.log.join("\n");
    Err(format!("== CENFORM_SEED={seed}, in {}:\n{log}\n{problem}\n", folder.keep().display()))
}

#[test]
fn nothing_is_lost_when_the_process_is_killed() {
    let wanted = Wanted::of(&Environment::of_process());
    let next = AtomicU64::new(wanted.first);
    let (total, wrong) = (Mutex::new(Tally::default()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= wanted.first + wanted.lives {
                        break;
                    }
                    match lived(seed) {
                        Ok(tally) => total.lock().unwrap().add(&tally),
                        Err(told) => wrong.lock().unwrap().push(told),
                    }
                }
            });
        }
    });
    let (total, wrong) = (total.into_inner().unwrap(), wrong.into_inner().unwrap());
    println!("{} kills in {} lives: {total:?}", total.kills(), wanted.lives);
    assert!(wrong.is_empty(), "{} of {} lives went wrong:\n{}", wrong.len(), wanted.lives, wrong.join("\n"));
    // One life alone may be lucky.
    assert!(wanted.lives == 1 || total.during > 0 && total.unknown > 0, "nothing was interrupted: {total:?}");
}
