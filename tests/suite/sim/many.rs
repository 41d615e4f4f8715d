//! Many lives side by side.

use std::ops::Range;
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use cenform::base::env::Environment;

use super::player::{Told, play};
use super::story::Story;
use crate::suite::engine::bench::Ports;

/// The numbers that are asked for: one, as the variable `one` says, or several, as `several` does; else `usual`.
pub(in crate::suite) fn wanted(environment: &Environment, one: &str, several: &str, usual: Range<u64>) -> Range<u64> {
    let number = |text: &str| text.parse::<u64>().unwrap();
    let one = environment.get(one).map(|text| number(text)..number(text) + 1);
    let several = environment.get(several).map(|text| match text.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => 0..number(text),
    });
    one.or(several).unwrap_or(usual)
}

/// Lives a life; a panic is something that should not have happened either.
pub(super) fn lived(story: &Story, ports: Arc<dyn Ports>) -> Told {
    let told = panic::catch_unwind(panic::AssertUnwindSafe(|| play(story, ports)));
    told.unwrap_or_else(|_| Told { log: String::new(), broken: Some("a panic, printed above".to_owned()) })
}

/// Does something for each, as many at once as there are processors, and gives what came of it in the same order.
pub(in crate::suite) fn side_by_side<T: Sync, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    let Some(item) = items.get(at) else { break };
                    let came = act(item);
                    done.lock().unwrap().push((at, came));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, came)| came).collect()
}
