//! Advice for a failed refresh, where more is known than its code says.

use std::borrow::Cow;

use knack_client::KnackError;
use supabase_client::{SchemaPart, SupabaseError};
use sync_protocol::ErrorCode;

use super::SyncError;

/// For a database that lacks what the dashboard's has.
pub(crate) const SCHEMA_FIX: &str = "compare the database with the migrations in crates/dashboard/migrations, and add what is missing.";

impl SyncError {
    /// The advice. Begins with a space.
    pub(super) fn advice(&self) -> Cow<'static, str> {
        let known = match self {
            Self::TableRefused { refusal, .. } if refusal.blocked.is_some() => {
                " Tell your administrator: the gateway or firewall in front of Supabase needs attention."
            }
            Self::NoSchoolVisible => {
                " Tell your administrator: SUPABASE_KEY must be a secret or service_role key, which row-level security does not apply to."
            }
            Self::TableRefused { .. } => {
                " Tell your administrator: the table's columns, keys or triggers need attention."
            }
            Self::Knack(error) => {
                return knack_advice(error).unwrap_or_else(|| advice(self.code()).into());
            }
            Self::Supabase { source, .. } => {
                return supabase_advice(source).unwrap_or_else(|| advice(self.code()).into());
            }
            Self::Configuration(_) => {
                " Correct this in the environment or in the file .env, then refresh again."
            }
            Self::AllowanceLow { .. } => {
                " Try again after midnight UTC, when Knack renews its requests."
            }
            Self::FieldsChanged { .. } => {
                " Tell your administrator: these fields must be restored in Knack's builder, or the field table of this program must be changed."
            }
            Self::WrongClock(_) => {
                " Tell your administrator to set that machine's clock, then refresh again."
            }
            Self::Usage(_)
            | Self::EstablishmentNotFound
            | Self::FilterIgnored
            | Self::Stopped(_)
            | Self::Internal(_) => advice(self.code()),
        };
        known.into()
    }
}

fn advice(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Usage => " See --help.",
        ErrorCode::Configuration | ErrorCode::Cancelled => "",
        ErrorCode::EstablishmentNotFound => {
            " Check the id, or whether the nightly sync has copied the school yet."
        }
        ErrorCode::KnackRefused => {
            " Tell your administrator: Knack's key, application id or daily allowance needs attention."
        }
        ErrorCode::SupabaseRefused => {
            " Tell your administrator: Supabase's key, schema or policies need attention."
        }
        ErrorCode::KnackUnavailable | ErrorCode::SupabaseUnavailable | ErrorCode::Deadline => {
            " Try again in a few minutes."
        }
        ErrorCode::BadData => {
            " Try again later. If that does not help, tell your administrator: Knack does not answer as its API is documented."
        }
        ErrorCode::Internal => " Tell your administrator; the log has the details.",
    }
}

/// Where more is known than the code says.
fn knack_advice(error: &KnackError) -> Option<Cow<'static, str>> {
    let advice = match error {
        KnackError::CertificateNotTrusted { .. } => {
            " Tell your administrator: check the host in KNACK_API_URL and this machine's clock, or point SSL_CERT_FILE to the issuing authority's certificate."
        }
        KnackError::NeverAnswered(_) => {
            " Tell your administrator: check KNACK_API_URL and this machine's network, or try again in a few minutes."
        }
        KnackError::Refused(402) => " Tell your administrator: check the account's plan and bills.",
        KnackError::Refused(_) => {
            " Tell your administrator: check KNACK_APP_ID, KNACK_API_KEY and KNACK_API_URL."
        }
        KnackError::NoLongerServed { .. } => {
            " Try again in a few minutes. If that does not help, tell your administrator: something in front of Knack may be refusing requests, or the key may have been changed."
        }
        KnackError::DailyAllowanceUsedUp { .. } => {
            " Try again after midnight UTC, or ask your administrator for a larger Knack plan."
        }
        KnackError::Redirected(_) | KnackError::BadRequest { object: None, .. } => {
            " Tell your administrator: check KNACK_API_URL."
        }
        KnackError::BadRequest {
            object: Some(object),
            ..
        } => {
            let advice = format!(
                " Tell your administrator: check KNACK_API_URL, and whether the app has {object}."
            );
            return Some(advice.into());
        }
        KnackError::ObjectRefused { object, .. } => {
            let advice = format!(
                " Tell your administrator: check whether the app has {object}, and whether KNACK_API_KEY may read it."
            );
            return Some(advice.into());
        }
        KnackError::Unreachable(_)
        | KnackError::Timeout(_)
        | KnackError::Overloaded { .. }
        | KnackError::RateLimited { .. }
        | KnackError::Truncated
        | KnackError::NotAPage
        | KnackError::UnreadableRecords
        | KnackError::Contradictory
        | KnackError::Incomplete => return None,
        KnackError::TooLarge { .. } => {
            " Tell your administrator: even single records are too large, usually because images were pasted into their texts. Remove those images in Knack."
        }
    };
    Some(advice.into())
}

/// The same for Supabase.
fn supabase_advice(error: &SupabaseError) -> Option<Cow<'static, str>> {
    let advice = match error {
        SupabaseError::CertificateNotTrusted { .. } => {
            " Tell your administrator: check the host in SUPABASE_URL and this machine's clock, or point SSL_CERT_FILE to the issuing authority's certificate."
        }
        SupabaseError::NeverAnswered(last) if matches!(**last, SupabaseError::Blocked { .. }) => {
            " Tell your administrator: check SUPABASE_URL, or the gateway or firewall in front of Supabase."
        }
        SupabaseError::NeverAnswered(_) => {
            " Tell your administrator: check SUPABASE_URL and this machine's network, or try again in a few minutes."
        }
        SupabaseError::KeyRefused { status: 402, .. } => {
            " Tell your administrator: check the project's plan and bills."
        }
        SupabaseError::KeyRefused { status: 403, .. } => {
            " Tell your administrator: SUPABASE_KEY must be the project's secret key, and its role needs the usual rights."
        }
        SupabaseError::KeyRefused { .. } => {
            " Tell your administrator: SUPABASE_KEY must be a valid secret key of the project at SUPABASE_URL."
        }
        SupabaseError::SchoolGone(_) => {
            " Tell your administrator; refresh again once the nightly sync has restored it."
        }
        // The path that was asked for is not one of PostgREST's.
        SupabaseError::Refused { code, .. } if code.as_str() == "PGRST125" => {
            " Tell your administrator: check SUPABASE_URL."
        }
        SupabaseError::Blocked { .. } => {
            " Tell your administrator: the gateway or firewall in front of Supabase needs attention."
        }
        SupabaseError::Redirected(_) => " Tell your administrator: check SUPABASE_URL.",
        SupabaseError::Unreadable => {
            " Tell your administrator: check SUPABASE_URL. If it is right, the database's tables or columns differ from the dashboard's schema."
        }
        SupabaseError::Refused {
            part: SchemaPart::NoUniqueKey(_),
            ..
        }
        | SupabaseError::ResolutionIgnored(_) => {
            return Some(format!(" Tell your administrator: {SCHEMA_FIX}").into());
        }
        SupabaseError::Refused {
            part: SchemaPart::Generated { .. },
            ..
        } => {
            " Tell your administrator: make it an ordinary column, or one that is GENERATED BY DEFAULT."
        }
        SupabaseError::Refused { .. } => {
            " Tell your administrator: the database's tables, columns or keys differ from the dashboard's schema."
        }
        SupabaseError::KeptFailing(last) | SupabaseError::Waiting { last, .. } => {
            return supabase_advice(last);
        }
        SupabaseError::Unreachable(_)
        | SupabaseError::Timeout(_)
        | SupabaseError::Unavailable { .. }
        | SupabaseError::NotPostgrest { .. }
        | SupabaseError::ReadOnly { .. }
        | SupabaseError::Contention(_)
        | SupabaseError::TooSlow(_)
        | SupabaseError::ServerFault { .. }
        | SupabaseError::RowRefused { .. } => return None,
        SupabaseError::TooLarge => {
            " Tell your administrator: check SUPABASE_URL. If it is right, one answer was larger than a refresh can read."
        }
    };
    Some(advice.into())
}
