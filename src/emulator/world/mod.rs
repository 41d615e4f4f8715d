//! The state of the emulated cloud: requests and the time go in, answers come out.
//!
//! # The file
//! A world is kept as JSON that people can write by hand: lists of objects with the fields of the API's answers.
//! Ids, and what an object belongs to, must be there; everything else has a default (settled, the default account,
//! no tags). This is a brownfield with one attachment of each type, flow logs at the far end of one, and the grant of a
//! network of another account:
//!
//! ```json
#![doc = include_str!("example.json")]
//! ```
//!
//! `Account` (`owner` of a project) says whose an object is; a grant is its network's owner's. A flow log at a peer
//! attachment names its end by `RegionId` or `TransitRouterId`. `Opened` has the accounts that have opened the transit
//! router service where a setting has it closed. `Settling` (`{"At": …, "To": …}`) is there while a
//! status is changing. `Counters` and `Tokens` are the emulator's memory of the ids and `ClientTokens` that are used.
//!
//! # Adding an action
//! Write a function from [`World`](state::World) and a call to an outcome in the file of its resource and give it a
//! row in that file's `ACTIONS`; a new file's rows are listed in `actions`. An SLS call has a row in `sls::route`.

mod actions;
#[cfg(test)]
mod answers;
mod attachment;
mod call;
mod cen;
mod cidr;
pub(super) mod codes;
mod domains;
mod ecr;
pub mod file;
mod flow_log;
mod grant;
mod ids;
mod life;
mod network;
mod open;
mod paging;
mod peer;
mod router;
mod service;
pub mod sls;
mod stale;
pub mod state;
mod tags;
#[cfg(test)]
mod testing;
mod text;
mod tokens;
mod vbr;
mod vpc;
mod vpn;

pub use call::Params;
