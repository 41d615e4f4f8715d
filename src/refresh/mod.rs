//! Prior to live: reads the cloud.
