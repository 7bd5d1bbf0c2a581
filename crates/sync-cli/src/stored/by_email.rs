//! Reads students by their e-mails, whichever school they belong to. All but one of these requests name e-mails in their URL,
//! as a refresh may and an explanation may not (`holders.rs`).

use supabase_client::{Query, SupabaseError};
use sync_protocol::AcademicYear;

use super::{StoredStudent, StoredStudents};

/// A character that a normalised address of ASCII hardly has. (`[`, `\\`, `]` and `^` are among them, so that none of them need
/// stand here.)
pub(super) const AS_TYPED: &str = "[^!-@_-~]";

/// Whether [`AS_TYPED`] matches it.
pub(super) fn is_as_typed(email: &str) -> bool {
    email.chars().any(|c| !matches!(c, '!'..='@' | '_'..='~'))
}

/// Longer URLs are refused on the way (docs/knack-and-dashboard.md, "Reads and long URLs").
pub(super) const EMAILS_A_REQUEST: usize = 50;

impl StoredStudents<'_> {
    /// Students of that year, of any school, whose stored e-mail has a capital letter, a blank or a letter beyond ASCII, which
    /// may be one without width. Few: only the questionnaire and the oldest job store e-mails as they were typed
    /// (docs/knack-and-dashboard.md, "Other writers").
    pub(crate) async fn as_typed(
        self,
        year: AcademicYear,
    ) -> Result<Vec<StoredStudent>, SupabaseError> {
        self.read(year, |query| query.and(format!("email.match.{AS_TYPED}")))
            .await
    }

    /// Students of that year, of any school, with one of these e-mails in any case and with anything at its ends. They may be
    /// others as well, whose e-mails only look alike.
    pub(crate) async fn like_emails(
        self,
        year: AcademicYear,
        emails: &[&str],
    ) -> Result<Vec<StoredStudent>, SupabaseError> {
        let like = |email: &&str| format!("email.ilike.{}", pattern(email));
        self.in_parts(year, emails, |query, some| {
            let any: Vec<String> = some.iter().map(like).collect();
            query.or(any.join(","))
        })
        .await
    }

    /// Students of that year, of any school, with one of these e-mails as the database compares them: byte for byte, unless
    /// its collation knows no case.
    pub(crate) async fn with_emails(
        self,
        year: AcademicYear,
        emails: &[&str],
    ) -> Result<Vec<StoredStudent>, SupabaseError> {
        self.in_parts(year, emails, |query, some| {
            query.in_("email", some.iter().map(|email| quote(email)))
        })
        .await
    }

    /// Students of that year that `filter` finds by some of the e-mails, and by all the others in turn.
    async fn in_parts(
        self,
        year: AcademicYear,
        emails: &[&str],
        filter: impl Fn(Query, &[&str]) -> Query,
    ) -> Result<Vec<StoredStudent>, SupabaseError> {
        let mut found = Vec::new();
        for some in emails.chunks(EMAILS_A_REQUEST) {
            found.extend(self.read(year, |query| filter(query, some)).await?);
        }
        Ok(found)
    }
}

/// Whether the database refused how e-mails were compared, or took too long over it.
pub(crate) fn is_of_the_comparison(error: &SupabaseError) -> bool {
    matches!(
        error,
        SupabaseError::Refused { .. }
            | SupabaseError::RowRefused { .. }
            | SupabaseError::TooSlow(_)
            | SupabaseError::ServerFault { .. }
    )
}

/// A pattern that an e-mail matches in any case, whatever surrounds it. An address holds nothing that needs quotes here.
/// PostgREST takes `*` for any text, whatever is before it; as `_`, it matches one character.
fn pattern(email: &str) -> String {
    let mut pattern = String::with_capacity(email.len() + 2);
    pattern.push('*');
    for c in email.chars() {
        match c {
            '%' | '_' | '\\' => pattern.extend(['\\', c]),
            '*' => pattern.push('_'),
            c => pattern.push(c),
        }
    }
    pattern.push('*');
    pattern
}

/// Inside `in.(…)`, commas, dots, colons and brackets need quotes (docs/knack-and-dashboard.md, "Reads and long URLs").
fn quote(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_as_typed_where_it_is_not_normalised() {
        for (email, expected) in [
            ("ann.o-ther+1@x.test", false),
            ("a_b%c*@x.test", false),
            ("Ann@x.test", true),
            (" ann@x.test", true),
            ("änn@x.test", true),
            ("ann\u{200b}@x.test", true),
        ] {
            assert_eq!(is_as_typed(email), expected, "{email:?}");
        }
    }

    #[test]
    fn an_email_is_a_pattern_for_itself() {
        for (email, expected) in [
            ("ann@x.test", "*ann@x.test*"),
            ("a_b%c@x.test", "*a\\_b\\%c@x.test*"),
            ("a*b@x.test", "*a_b@x.test*"),
        ] {
            assert_eq!(pattern(email), expected);
        }
    }
}
