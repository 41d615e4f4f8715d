//! Plans, events and states as text, JSON and drawings.
