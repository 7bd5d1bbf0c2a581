//! Users: who they are, and which records are theirs.
//!
//! Assumed: a user is known by the e-mail address of their records, in any case, where Knack ties records to an account
//! of its own; the user's id is that of their first record.

use serde_json::{Value, json};

use super::{store::Store, value};
use crate::data::{STAFF_ADMINS, SUPER_USERS};

/// Where users are: the object, the field of the name and that of the address.
const USERS: [(&str, &str, &str); 2] = [
    (STAFF_ADMINS, "field_85", "field_86"),
    (SUPER_USERS, "field_472", "field_473"),
];

/// A user's records, put together.
pub(super) struct Account {
    pub(super) id: String,
    pub(super) email: String,
    name: Value,
    /// The record and the object it is in.
    entries: Vec<(String, &'static str)>,
}

impl Account {
    /// The user of this address; none where no record holds it.
    pub(super) fn find(email: &str, store: &Store) -> Option<Self> {
        let mut account: Option<Self> = None;
        for (object, name, address) in USERS {
            for row in store.rows(object) {
                if !is_theirs(row.record(), object, email) {
                    continue;
                }
                let account = account.get_or_insert_with(|| Self {
                    id: row.id().to_owned(),
                    email: value::text(value::stored(row.record(), address)),
                    name: value::stored(row.record(), name).clone(),
                    entries: Vec::new(),
                });
                account.entries.push((row.id().to_owned(), object));
            }
        }
        account
    }

    /// The user as the session endpoints describe them.
    pub(super) fn describe(&self) -> Value {
        let mut profiles: Vec<String> = self
            .entries
            .iter()
            .map(|(_, object)| object.replace("object", "profile"))
            .collect();
        profiles.dedup();
        let entries: Vec<Value> = self
            .entries
            .iter()
            .map(|(id, object)| json!({"entry_id": id, "object": object}))
            .collect();
        json!({
            "id": self.id,
            "status": "current",
            "account_status": "active",
            "approval_status": "approved",
            "utility_key": self.id,
            "profile_keys": profiles,
            "profile_objects": entries,
            "values": {"name": self.name, "email": {"email": self.email}},
        })
    }
}

/// Whether a record is this user's own.
pub(super) fn is_theirs(record: &Value, object: &str, email: &str) -> bool {
    USERS
        .iter()
        .filter(|(of, ..)| *of == object)
        .any(|(_, _, field)| {
            let held = value::text(value::stored(record, field));
            !held.is_empty() && held.to_lowercase() == email.to_lowercase()
        })
}
