//! The schools that an instance starts with.

use anyhow::{Result, ensure};
use serde::Serialize;
use uuid::Uuid;

use super::Supabase;

/// A school as the dashboard knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EstablishmentSeed {
    /// Its record id in Knack.
    pub knack_id: String,
    /// Its name.
    pub name: String,
    /// Whether it is in Australia.
    pub is_australian: Option<bool>,
    /// Whether its academic year begins in August; nothing means yes.
    pub use_standard_year: Option<bool>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: Uuid,
    knack_id: &'a str,
    name: &'a str,
    is_australian: Option<bool>,
    use_standard_year: Option<bool>,
}

impl EstablishmentSeed {
    /// The school's id in Supabase: the same on every machine and in every run.
    pub fn id(&self) -> Uuid {
        establishment_id(&self.knack_id)
    }
}

/// The id in Supabase of the seeded school with this record id in Knack.
pub fn establishment_id(knack_id: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, knack_id.as_bytes())
}

impl Supabase {
    /// Makes these schools exist, as given. Others stay as they are.
    pub async fn seed_establishments(&self, seeds: &[EstablishmentSeed]) -> Result<()> {
        let rows: Vec<Row> = seeds
            .iter()
            .map(|seed| Row {
                id: seed.id(),
                knack_id: &seed.knack_id,
                name: &seed.name,
                is_australian: seed.is_australian,
                use_standard_year: seed.use_standard_year,
            })
            .collect();
        let answer = self
            .client
            .post(format!(
                "{}/rest/v1/establishments?on_conflict=knack_id",
                self.url
            ))
            .header("apikey", &self.keys.secret)
            .header("Prefer", "resolution=merge-duplicates")
            .json(&rows)
            .send()
            .await?;
        let status = answer.status();
        ensure!(
            status.is_success(),
            "cannot seed the schools ({status}): {}",
            answer.text().await?
        );
        Ok(())
    }
}
