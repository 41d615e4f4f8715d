//! Everything that is tested across rooms, in one binary: each further one would link the whole crate again.

#[cfg(test)]
mod suite;
