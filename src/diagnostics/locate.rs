//! Resolves places to lines and columns, only once there is a problem to show.
