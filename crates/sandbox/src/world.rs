//! Everything at once: the simulated Knack, a real Supabase with the schools in it, and the fault proxy between the
//! program and Supabase.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use tempfile::TempDir;

use crate::data::School;
use crate::knack::{self, Knack, STAFF_VIEW, SUPER_USER_VIEW};
use crate::postgres::{Cluster, Database};
use crate::proxy::Proxy;
use crate::rows_folder::RowsFolder;
use crate::supabase::project;
use crate::supabase::{Driver, EstablishmentSeed, Supabase, SupabaseOptions};
use crate::time_limit;

/// Where the world's rows are kept.
#[derive(Debug, Clone)]
pub enum Rows {
    /// In a folder, by Supabase Lite itself; they are there again next time. One world at a time may use it.
    Embedded(PathBuf),
    /// In a PostgreSQL cluster that ends with the world.
    Postgres,
}

/// A running world. Dropping it ends all of it.
#[derive(Debug)]
pub struct World {
    /// Knack, simulated.
    pub knack: Knack,
    /// What is in front of Supabase.
    pub proxy: Proxy,
    /// Supabase itself.
    pub supabase: Supabase,
    postgres: Option<(Cluster, Database)>,
    folder: TempDir,
    // Given up last, when Supabase has ended.
    _rows: Option<RowsFolder>,
}

impl World {
    /// Starts all parts; Supabase knows every school of `options`, and only Knack its staff.
    pub async fn start(rows: Rows, options: knack::Options) -> Result<Self> {
        time_limit::watch();
        project::lite()?;
        let held = match &rows {
            Rows::Embedded(data) => Some(RowsFolder::hold(data)?),
            Rows::Postgres => None,
        };
        let seeds: Vec<_> = options.schools.iter().map(seed).collect();
        let knack = Knack::start(options)?;
        let (driver, postgres) = match rows {
            Rows::Embedded(data) => (Driver::Embedded { data }, None),
            Rows::Postgres => {
                let cluster = Cluster::start().await?;
                let database = cluster.database("world").await?;
                let url = database.url().to_owned();
                (Driver::Postgres { url }, Some((cluster, database)))
            }
        };
        let supabase = Supabase::start(SupabaseOptions::new(driver)).await?;
        supabase.seed_establishments(&seeds).await?;
        Ok(Self {
            knack,
            proxy: Proxy::start(supabase.url())?,
            supabase,
            postgres,
            folder: TempDir::new()?,
            _rows: held,
        })
    }

    /// What a program needs to live in this world, and a test to look into it: `DATABASE_URL`, where its rows are in
    /// PostgreSQL. The request budget is the world's own.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let budget = self.folder.path().join("knack.budget");
        let [url, app_id, api_key] = knack_environment(&self.knack);
        let mut environment = vec![
            url,
            app_id,
            api_key,
            ("KNACK_STAFF_VIEW", STAFF_VIEW.to_owned()),
            ("KNACK_SUPER_USER_VIEW", SUPER_USER_VIEW.to_owned()),
            ("KNACK_BUDGET", format!("file:{}", budget.display())),
            ("SUPABASE_URL", self.proxy.url().to_owned()),
            ("SUPABASE_KEY", self.supabase.secret_key().to_owned()),
        ];
        if let Some((_, database)) = &self.postgres {
            environment.push(("DATABASE_URL", database.url().to_owned()));
        }
        environment
    }

    /// What the world has seen, for a person.
    pub fn story(&self) -> String {
        let mut writes: BTreeMap<String, usize> = BTreeMap::new();
        for write in self.proxy.writes() {
            *writes.entry(write.table().to_owned()).or_default() += 1;
        }
        let writes: Vec<String> = writes
            .iter()
            .map(|(table, count)| format!("{count} to {table}"))
            .collect();
        format!(
            "The sandbox saw {} requests to Knack, and these writes to Supabase: {}.",
            self.knack.seen().len(),
            if writes.is_empty() {
                "none".to_owned()
            } else {
                writes.join(", ")
            },
        )
    }
}

/// What a program needs to reach Knack.
pub fn knack_environment(knack: &Knack) -> [(&'static str, String); 3] {
    [
        ("KNACK_API_URL", knack.url()),
        ("KNACK_APP_ID", knack.app_id().to_owned()),
        ("KNACK_API_KEY", knack.api_key().to_owned()),
    ]
}

fn seed(school: &School) -> EstablishmentSeed {
    EstablishmentSeed {
        knack_id: school.knack_id.clone(),
        name: school.name.clone(),
        is_australian: school.is_australian,
        use_standard_year: school.use_standard_year,
    }
}
