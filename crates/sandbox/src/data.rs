//! Invented schools and pupils: seeded, deterministic, no real person's data.
