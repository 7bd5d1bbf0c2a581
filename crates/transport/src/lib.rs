//! What the calls to every service have in common, whichever it is: how long an outage is waited out, what is wrong with a
//! certificate, and what time it is there. Sends nothing itself, and knows no service.

mod certificate;
mod last_date;
mod patience;

pub use certificate::distrusted;
pub use last_date::LastDate;
pub use patience::{Attempts, Limits, Next, Patience};
