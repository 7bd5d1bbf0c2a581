//! Several launchers on one real Redis, as one service to whoever asks.

mod crowd;
mod deaths;
mod outages;
mod restarts;
mod together;
mod world;
