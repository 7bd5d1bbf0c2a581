//! The services that are checked, and the clock.

use knack_client::KnackClient;
use supabase_client::SupabaseClient;
use sync_protocol::EstablishmentId;

use crate::clock::Clock;

/// The two services, this machine, and the school that was named.
pub(super) struct Services<'a> {
    pub(super) knack: &'a KnackClient,
    pub(super) supabase: &'a SupabaseClient,
    /// The same Supabase with the public key, if that is set.
    pub(super) public: Option<&'a SupabaseClient>,
    pub(super) clock: &'a Clock,
    pub(super) school: Option<EstablishmentId>,
    pub(super) with_answers: bool,
}
