//! What the calls to every service have in common, whichever it is: how long an outage is waited out, and what is wrong with a
//! certificate. Sends nothing itself, and knows no service.

mod certificate;
mod patience;

pub use certificate::distrusted;
pub use patience::{Attempts, Limits, Next, Patience};
