//! How this app's Knack data is read: which field means what, and what its values look like.

pub(crate) mod answer;
pub(crate) mod connection;
pub(crate) mod date;
pub(crate) mod email;
pub(crate) mod fields;
pub(crate) mod record;
pub(crate) mod score;
pub(crate) mod text;
