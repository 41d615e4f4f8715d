//! A strict emulator of the CEN, SLS and STS APIs.
