//! One file a subject.

mod architecture;
mod dependencies;
mod house;
mod scripts;
