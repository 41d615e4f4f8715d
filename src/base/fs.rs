//! Files as a port (filled in below).
