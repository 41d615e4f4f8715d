//! The state of the emulated cloud: requests and the time go in, answers come out.
//!
//! # The file
//! A world is kept as JSON that people can write by hand: lists of objects with the fields of the API's answers.
//! Ids, and what an object belongs to, must be there; everything else has a default (settled, the default account,
//! no tags). This is a brownfield of one attachment and a project:
//!
//! ```json
#![doc = include_str!("example.json")]
//! ```
//!
//! `Account` (`owner` of a project) says whose an object is. `Settling` (`{"At": …, "To": …}`) is there while a
//! status is changing. `Counters` and `Tokens` are the emulator's memory of the ids and `ClientTokens` that are used.
//!
//! # Adding an action
//! Write a function from [`World`](state::World) and a call to an outcome in the file of its resource and give it a
//! row in that file's `ACTIONS`; a new file's rows are listed in `actions`. An SLS call has a row in `sls::route`.

mod actions;
mod attachment;
mod call;
mod cen;
mod cidr;
pub(super) mod codes;
mod domains;
pub mod file;
mod flow_log;
mod ids;
mod life;
mod open;
mod paging;
mod router;
pub mod sls;
mod stale;
pub mod state;
mod tags;
#[cfg(test)]
mod testing;
mod text;
mod tokens;
mod vpc;

pub use call::Params;
