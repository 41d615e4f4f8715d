//! One file a subject.

mod architecture;
mod codes;
mod costs;
mod dependencies;
mod elsewhere;
mod engine;
mod examples;
mod exits;
mod flags;
mod house;
mod kills;
mod preflight;
mod rules;
mod scripts;
mod server;
mod shell;
mod sim;
mod snapshot;
mod surface;
mod walk;
mod wire;
