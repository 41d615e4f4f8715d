//! What leaves the process, byte by byte.
//!
//! * `signed` keeps random requests with their signatures, for the official SDKs to verify.

mod signed;
mod tap;
