//! Checks whether Knack answers, accepts the key, has requests left for today, and still has the fields that a refresh
//! reads.

use knack_client::{FieldDescription, Filters, KnackError, ListRecords};
use serde::de::IgnoredAny;
use sync_protocol::{ErrorCode, SetupCheck, SetupSubject};

use super::findings::{broken, failed, passed, skipped, warning};
use super::services::Services;
use crate::error::SyncError;
use crate::field_table::{self as fields, Use, named};
use crate::knack::fields::Object;
use crate::knack::fields::answers::QuestionAnswers;
use crate::knack::fields::results::VespaResults;

/// With fewer requests left for today, large schools are better left until tomorrow: one of 2,000 students costs some fifty.
const FEW_REQUESTS: u64 = 1_000;

/// In the order of [`SetupSubject`].
pub(super) async fn examine(services: &Services<'_>) -> Vec<SetupCheck> {
    if let Err(error) = answers::<VespaResults>(services).await {
        let first = failed(SetupSubject::Knack, &SyncError::Knack(error));
        let unknown = |subject| skipped(subject, "Not examined, since Knack gives no answer.");
        return vec![
            first,
            unknown(SetupSubject::KnackResults),
            unknown(SetupSubject::KnackAnswers),
        ];
    }
    let (results, answers) = tokio::join!(
        described::<VespaResults>(services, SetupSubject::KnackResults, &fields::OF_RESULTS),
        answers_described(services),
    );
    vec![
        passed(
            SetupSubject::Knack,
            "Knack answers, and accepts the application id and the key.",
        ),
        allowance(services),
        results,
        answers,
    ]
}

/// As small a page as there is.
async fn answers<O: Object>(services: &Services<'_>) -> Result<(), KnackError> {
    let page = ListRecords {
        object: O::KEY,
        filters: &Filters::all([]),
        sort_field: None,
        page: 1,
        rows_per_page: 1,
    };
    services.knack.list::<IgnoredAny>(&page).await.map(drop)
}

fn allowance(services: &Services<'_>) -> SetupCheck {
    let subject = SetupSubject::KnackAllowance;
    match services.knack.usage().daily_remaining {
        None => passed(
            subject,
            "Knack does not say how many requests are left today.",
        ),
        Some(left) if left < FEW_REQUESTS => warning(
            subject,
            format!("Only {left} requests to Knack are left until midnight UTC."),
            "Put off refreshes that can wait, or ask Knack for a larger plan.",
        ),
        Some(left) => passed(
            subject,
            format!("{left} requests to Knack are left until midnight UTC."),
        ),
    }
}

async fn answers_described(services: &Services<'_>) -> SetupCheck {
    let subject = SetupSubject::KnackAnswers;
    if !services.with_answers {
        return skipped(subject, "Not examined: SYNC_ANSWERS is off.");
    }
    described::<QuestionAnswers>(services, subject, &fields::OF_ANSWERS).await
}

/// Whether an object has the fields that are read of it.
async fn described<O: Object>(
    services: &Services<'_>,
    subject: SetupSubject,
    used: &[Use],
) -> SetupCheck {
    match services.knack.describe(O::KEY).await {
        Ok(object) => judged(subject, O::KEY, used, &object.fields),
        // Its description may be refused where its records are not: then it says nothing about the fields.
        Err(error) => match answers::<O>(services).await {
            Ok(()) => warning(
                subject,
                format!(
                    "Knack does not describe {}, so its fields are not examined: {error}.",
                    O::KEY
                ),
                "Compare its fields in Knack's builder with docs/knack-and-dashboard.md.",
            ),
            Err(error) => failed(subject, &SyncError::Knack(error)),
        },
    }
}

fn judged(
    subject: SetupSubject,
    object: &str,
    used: &[Use],
    there: &[FieldDescription],
) -> SetupCheck {
    let faults: Vec<String> = used
        .iter()
        .filter_map(|used| Some(used.said(&fields::fault(used, there)?)))
        .collect();
    if faults.is_empty() {
        return passed(
            subject,
            format!(
                "{object} has the {} fields that are read of it.",
                used.len()
            ),
        );
    }
    broken(
        subject,
        ErrorCode::BadData,
        format!(
            "{object} is not what a refresh expects: {}.",
            named(&faults)
        ),
        "Restore these fields in Knack's builder before the next refresh, or have the field table of this program changed.",
    )
}
