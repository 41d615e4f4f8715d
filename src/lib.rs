//! cenform: declarative provisioning of Alibaba Cloud CEN transit-router flow logs.
//!
//! The map of the house. Data walks down this list and does not walk back up; every room may also
//! use [`model`], [`diagnostics`] and [`base`]. `tests/suite/architecture.rs` reads the imports against
//! this table.
//!
//! | room | what lives there | may also call |
//! |---|---|---|
//! | [`cli`] | one file a command, settings, the only printer, exit codes | all below |
//! | [`report`] | plan, events and state as text, JSON, drawings | plan, state, graph |
//! | [`apply`] | walks a plan's operations: scheduling, waits, journal | plan, refresh, kinds, state, graph, expr, cloud |
//! | [`plan`] | the diff engine, pure and synchronous | graph, kinds, state, expr |
//! | [`refresh`] | reads the cloud in batches | kinds, state, cloud |
//! | [`config`] | YAML text to a [`model::stack::Stack`] | kinds, expr |
//! | [`state`] | state file, journal, lock behind one `Backend` trait | - |
//! | [`graph`] | dependencies, cycles, order, ready queue | - |
//! | [`kinds`] | one folder a kind: schema and cloud calls | cloud |
//! | [`expr`] | compiles and evaluates `${…}` | - |
//! | [`cloud`] | Alibaba Cloud on the wire: signing, transport, errors, retry | - |
//! | [`emulator`] | a strict emulator of the CEN, SLS and STS APIs | - |
//! | [`model`] | the words: Address, Value, Stack, Event | - |
//! | [`diagnostics`] | problems with code, place and help | - |
//! | [`base`] | ports (clock, randomness, files, environment), secrets, text | - |
//!
//! Two rules are read in a particular way. While a run goes on, the state is committed while it is small, or once the
//! journal has become long, not every few seconds (S23), because what is written for an operation must not grow with the
//! state. The first signal ends waits too: the next run goes on waiting (S26), and who sends a signal seldom has the time
//! that an attachment takes.

pub mod apply;
pub mod base;
pub mod cli;
pub mod cloud;
pub mod config;
pub mod diagnostics;
pub mod emulator;
pub mod expr;
pub mod graph;
pub mod kinds;
pub mod model;
pub mod plan;
pub mod refresh;
pub mod report;
pub mod state;
