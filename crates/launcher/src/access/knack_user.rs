//! Reads Knack's tokens and staff records: the form of a token, and the user whom an `object_5` or `object_21` record
//! belongs to.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use knack_client::{Session, View};
use serde::Deserialize;
use serde_json::Value;
use sync_protocol::KnackRecordId;

use super::authority::Authority;
use super::caller::{Caller, NamedBy};

/// Staff admins, and their fields (docs/knack-and-dashboard.md, "Staff and super users").
pub(super) const STAFF_ADMINS: &str = "object_5";
pub(super) const STAFF_EMAIL: &str = "field_86";
/// Super users, and their field.
pub(super) const SUPER_USERS: &str = "object_21";
pub(super) const SUPER_USER_EMAIL: &str = "field_473";

/// The settings that name the views.
pub(super) const STAFF_VIEW: &str = "KNACK_STAFF_VIEW";
pub(super) const SUPER_USER_VIEW: &str = "KNACK_SUPER_USER_VIEW";

const LONGEST_TOKEN: usize = 2_000;

/// The views that show logged-in users their own record, and no other.
#[derive(Debug, Clone)]
pub(crate) struct Views {
    /// Of `object_5`.
    pub(crate) staff_admin: View,
    /// Of `object_21`; without it, super users have the rights of their staff records only.
    pub(crate) super_user: Option<View>,
}

/// For a machine whose clock is a day ahead: it must not lock out everybody, and Knack knows which tokens have expired.
const LEEWAY_SECONDS: i64 = 26 * 3_600;

/// Whether this may be a user token of this app that has not expired. It proves nothing, since anyone can make one up; it
/// only spares Knack the others.
pub(super) fn looks_like_a_token(token: &str, app_id: &str, now: Timestamp) -> bool {
    #[derive(Deserialize)]
    struct Payload {
        application_id: String,
        /// In seconds since 1970; not every token has it.
        #[serde(default)]
        exp: Value,
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_base64 = |part: &str| {
        URL_SAFE_NO_PAD
            .decode(part)
            .is_ok_and(|bytes| !bytes.is_empty())
    };
    let payload = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    token.len() <= LONGEST_TOKEN
        && is_base64(header)
        && is_base64(signature)
        && serde_json::from_slice::<Payload>(&payload).is_ok_and(|it| {
            let has_expired = it
                .exp
                .as_i64()
                .is_some_and(|exp| exp < now.as_second() - LEEWAY_SECONDS);
            it.application_id == app_id && !has_expired
        })
}

/// The logged-in user would be taken for others. With the setting that names the view.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0} names a view that shows records of other people than the one who is logged in; no user is accepted until it shows the logged-in user's own record only"
)]
pub(super) struct OthersRecords(pub(super) &'static str);

/// The part of an `object_5` record that is read.
#[derive(Debug, Deserialize)]
pub(super) struct StaffAdmin {
    pub(super) id: KnackRecordId,
    #[serde(default)]
    field_110_raw: Value,
    #[serde(default)]
    field_86_raw: Value,
}

/// The part of an `object_21` record that is read.
#[derive(Debug, Deserialize)]
pub(super) struct SuperUser {
    pub(super) id: KnackRecordId,
    #[serde(default)]
    field_473_raw: Value,
}

impl StaffAdmin {
    /// All schools of `field_110`, not just the first. Blank is "" in Knack.
    pub(super) fn schools(&self) -> HashSet<KnackRecordId> {
        let items = self.field_110_raw.as_array().map_or(&[][..], Vec::as_slice);
        items
            .iter()
            .filter_map(|item| item.get("id").unwrap_or(item).as_str()?.parse().ok())
            .collect()
    }

    pub(super) fn email(&self) -> Option<String> {
        address(&self.field_86_raw)
    }

    pub(super) fn has_email(&self, email: &str) -> bool {
        self.email().as_deref() == Some(email)
    }
}

impl SuperUser {
    pub(super) fn email(&self) -> Option<String> {
        address(&self.field_473_raw)
    }

    pub(super) fn has_email(&self, email: &str) -> bool {
        self.email().as_deref() == Some(email)
    }
}

/// The address in a raw e-mail field, in lower case.
fn address(raw: &Value) -> Option<String> {
    let address = raw.get("email").unwrap_or(raw).as_str()?;
    let address = address.trim().to_lowercase();
    (!address.is_empty()).then_some(address)
}

/// Nobody if every view refuses, which is how a view says that the session has ended. A view that is not bound to its user
/// shows everyone the same records, so nothing counts unless each record is the session's own user's.
pub(super) fn whose(
    session: &Session,
    staff: Option<Vec<StaffAdmin>>,
    supers: Option<Vec<SuperUser>>,
) -> Result<Option<Caller>, OthersRecords> {
    if staff.is_none() && supers.is_none() {
        return Ok(None);
    }
    let (staff, supers) = (staff.unwrap_or_default(), supers.unwrap_or_default());
    let own =
        |id: KnackRecordId, email: Option<String>| session.owns(id.as_str(), email.as_deref());
    if !staff.iter().all(|it| own(it.id, it.email())) {
        return Err(OthersRecords(STAFF_VIEW));
    }
    if !supers.iter().all(|it| own(it.id, it.email())) {
        return Err(OthersRecords(SUPER_USER_VIEW));
    }
    Ok(Some(user(&staff, &supers)))
}

/// One person may have several records; they may do what any of them allows.
pub(super) fn user(staff: &[StaffAdmin], supers: &[SuperUser]) -> Caller {
    match (supers.first(), staff.first()) {
        (Some(super_user), _) => {
            Caller::new(NamedBy::Knack, super_user.id.to_string(), Authority::All)
        }
        (None, Some(first)) => Caller::new(
            NamedBy::Knack,
            first.id.to_string(),
            Authority::of_schools(staff.iter().flat_map(StaffAdmin::schools)),
        ),
        (None, None) => Caller::new(
            NamedBy::Knack,
            "no staff record".to_owned(),
            Authority::of_schools([]),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const APP: &str = "5f3c9a1b7d2e4f6081a2b3c4";
    const NOW: Timestamp = Timestamp::constant(1_000_000_000, 0);

    fn token(payload: &Value) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!(
            "{}.{}.{}",
            part("{}"),
            part(&payload.to_string()),
            part("x")
        )
    }

    #[test]
    fn only_tokens_of_this_app_are_shown_to_knack() {
        let looks_like_a_token = |token: &str, app| looks_like_a_token(token, app, NOW);
        assert!(looks_like_a_token(
            &token(&json!({ "application_id": APP })),
            APP
        ));
        let other = token(&json!({ "application_id": "another" }));
        for text in ["", "a.b", "a.b.c.d", "..", "vsr_x", other.as_str()] {
            assert!(!looks_like_a_token(text, APP), "{text}");
        }
        let long = token(&json!({ "application_id": APP, "x": "y".repeat(3_000) }));
        assert!(!looks_like_a_token(&long, APP));
    }

    #[test]
    fn a_token_that_expired_long_ago_is_none_any_more_but_clocks_may_differ() {
        for (exp, is_token) in [
            (json!(2_000_000_000), true),
            (json!(1_000_000_000), true),
            (json!(999_906_400), true),
            (json!(999_906_399), false),
            (json!(0), false),
            (json!(i64::MIN), false),
            (json!("soon"), true),
            (Value::Null, true),
        ] {
            let token = token(&json!({ "application_id": APP, "exp": exp }));
            assert_eq!(looks_like_a_token(&token, APP, NOW), is_token, "{exp}");
        }
    }

    #[test]
    fn every_school_of_a_staff_admin_counts_and_a_blank_field_is_none() {
        let id = "5f3c9a1b7d2e4f6081a2b3c5";
        let of = |raw: Value| {
            let record = json!({ "id": id, "field_110_raw": raw });
            serde_json::from_value::<StaffAdmin>(record)
                .unwrap()
                .schools()
                .len()
        };
        let school =
            |n: u8| json!({ "id": format!("5f3c9a1b7d2e4f6081a2b3{n:02x}"), "identifier": "A" });
        assert_eq!(of(json!([school(1), school(2)])), 2);
        assert_eq!(of(json!("")), 0);
        assert_eq!(of(json!([])), 0);
        assert_eq!(of(json!(["5f3c9a1b7d2e4f6081a2b3c6", 7, null])), 1);
    }
}
