//! Reads the rows outside of a school that hold certain e-mails, without putting an e-mail into a URL: Supabase is asked for
//! addresses of the same shape, and they are compared here.

use std::collections::{BTreeSet, HashSet};

use dashboard::SchoolYear;
use serde::Deserialize;
use supabase_client::{Query, SupabaseError};
use uuid::Uuid;

use super::by_email::{AS_TYPED, EMAILS_A_REQUEST, is_as_typed, is_of_the_comparison};
use super::{STUDENTS, StoredStudent, StoredStudents};
use crate::domain::normalised;

/// Longer URLs are refused on the way (docs/knack-and-dashboard.md, "Reads and long URLs").
const IDS_A_REQUEST: usize = 60;

#[derive(Deserialize)]
struct Holder {
    id: Uuid,
    email: String,
}

impl StoredStudents<'_> {
    /// The rows of that year, of any other school or of none, that a student with one of these e-mails would meet. A spelling
    /// as someone typed it comes last, as a refresh meets that one first.
    pub(crate) async fn holders(
        self,
        of: &SchoolYear,
        emails: &HashSet<&str>,
    ) -> Result<Vec<StoredStudent>, SupabaseError> {
        let shapes: BTreeSet<String> = emails.iter().map(|email| shape(email)).collect();
        let shapes: Vec<String> = shapes.into_iter().collect();
        let mut ids = Vec::new();
        for some in shapes.chunks(EMAILS_A_REQUEST) {
            let like = some.iter().map(|shape| format!("email.like.{shape}"));
            let any: Vec<String> = like.chain([format!("email.match.{AS_TYPED}")]).collect();
            let any = format!("or({})", any.join(","));
            match self.outside(of, Some(&any)).await {
                Err(error) if is_of_the_comparison(&error) => {
                    // Its collation knows no patterns: every address of the year is compared here.
                    ids = held(self.outside(of, None).await?, emails);
                    break;
                }
                found => ids.extend(held(found?, emails)),
            }
        }
        ids.sort_unstable();
        ids.dedup();
        let mut rows = Vec::with_capacity(ids.len());
        for some in ids.chunks(IDS_A_REQUEST) {
            let some: Vec<String> = some.iter().map(Uuid::to_string).collect();
            rows.extend(self.read(of.year, |query| query.in_("id", &some)).await?);
        }
        // A row may have changed hands meanwhile.
        rows.retain(|row| {
            let is_outside = row.establishment_id != Some(of.school.id);
            is_outside && emails.contains(row.lower_email.as_str())
        });
        rows.sort_by_key(|row| (is_as_typed(&row.email), row.establishment_id.is_some()));
        Ok(rows)
    }

    async fn outside(
        self,
        of: &SchoolYear,
        any: Option<&str>,
    ) -> Result<Vec<Holder>, SupabaseError> {
        let id = |row: &Holder| row.id.to_string();
        let elsewhere = format!(
            "or(establishment_id.is.null,establishment_id.neq.{})",
            of.school.id
        );
        let filter = match any {
            Some(any) => format!("{elsewhere},{any}"),
            None => elsewhere,
        };
        let query = || -> Query {
            let rows = self.supabase.table(STUDENTS).select("id,email");
            rows.eq("academic_year", of.year.to_string()).and(&filter)
        };
        Box::pin(self.supabase.read_all(query, id)).await
    }
}

fn held(found: Vec<Holder>, emails: &HashSet<&str>) -> Vec<Uuid> {
    let is_held = |row: &Holder| emails.contains(normalised(&row.email).as_str());
    let found = found.into_iter().filter(is_held);
    found.map(|row| row.id).collect()
}

/// A pattern for all addresses that are as long and have their dots in the same places.
fn shape(email: &str) -> String {
    let character = |c| match c {
        '@' | '.' => c,
        _ => '_',
    };
    email.chars().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_an_email_tells_only_how_long_its_parts_are() {
        for (email, expected) in [
            ("ann.other@x.test", "___._____@_.____"),
            ("änn_%*@x.test", "______@_.____"),
        ] {
            assert_eq!(shape(email), expected);
        }
    }

    #[test]
    fn rows_count_by_their_address_however_it_is_written() {
        let row = |n: u128, email: &str| Holder {
            id: Uuid::from_u128(n),
            email: email.to_owned(),
        };
        let found = vec![
            row(1, "ann@x.test"),
            row(2, "ben@x.test"),
            row(3, " ANN@x.test"),
        ];
        let held = held(found, &["ann@x.test"].into());
        assert_eq!(held, [1, 3].map(Uuid::from_u128));
    }
}
