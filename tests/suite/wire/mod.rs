//! What leaves the process, byte by byte.
//!
//! `scenes` makes the six kinds send all that they can. `check` holds each request against the facts of the APIs
//! (`facts`), as `call` reads them off the wire; `recorded` keeps one of each shape in `tests/data/wire`; `complete` sees
//! that none is missing. `signed` keeps random requests with their signatures, for the official SDKs to verify.
//!
//! To add an action, give its attributes rows in the table of the surface; what no attribute makes the kinds send needs
//! a scene. Its parameters are in `tests/data/api-meta.json`, or are copied into `api-meta-more.json` by hand.

mod call;
mod check;
mod complete;
mod facts;
mod recorded;
mod scenes;
mod signed;
mod tap;
