//! An instance's own pair of keys, in the form that Supabase gives them today.

use uuid::Uuid;

#[derive(Debug, Clone)]
pub(super) struct Keys {
    pub(super) publishable: String,
    pub(super) secret: String,
}

impl Keys {
    /// A pair that no other instance has.
    pub(super) fn generate() -> Self {
        Self {
            publishable: format!("sb_publishable_{}", Uuid::new_v4().simple()),
            secret: format!("sb_secret_{}", Uuid::new_v4().simple()),
        }
    }
}
