//! What the calls to every service have in common, whichever it is: how long an outage is waited out, what is wrong with a
//! certificate, what time it is there, when it wants to be asked again, and since
//! when it owes an answer. Sends nothing itself, and knows no service.

mod certificate;
mod last_date;
mod patience;
mod retry_after;
mod silence;

pub use certificate::distrusted;
pub use last_date::LastDate;
pub use patience::{Attempts, Limits, Next, Patience};
pub use retry_after::retry_after;
pub use silence::{Pending, Silence};
