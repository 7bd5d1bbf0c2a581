//! How a simulator is started.

use jiff::civil::Date;

use super::latency::Latency;
use crate::data::{School, Staff};

/// What a simulator is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long answers take.
    pub latency: Latency,
    /// The port to listen on; 0 is any that is free.
    pub port: u16,
    /// What the simulator takes for today, for the filter operator `is today`.
    pub today: Date,
    /// Whether more than ten requests in a second are refused.
    pub rate_limit: bool,
    /// How many requests the account may make in a day.
    pub daily_limit: u32,
    /// The schools Knack holds at the start.
    pub schools: Vec<School>,
    /// The users it holds at the start.
    pub staff: Vec<Staff>,
}

impl Options {
    /// Any port, no latency, the real app's limits, no users.
    pub fn new(today: Date, schools: Vec<School>) -> Self {
        Self {
            latency: Latency::None,
            port: 0,
            today,
            rate_limit: true,
            daily_limit: 100_000,
            schools,
            staff: Vec::new(),
        }
    }
}
