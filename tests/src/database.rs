//! Rows as they are in PostgreSQL, past every layer above it.

use serde_json::{Map, Value};
use tokio_postgres::Client;
use uuid::Uuid;

/// A connection to the database behind Supabase.
pub struct Database {
    client: Client,
}

impl Database {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The rows of a query that yields one JSON value a row; `$1` is `parameter`, as text.
    pub async fn json(&self, query: &str, parameter: &str) -> Vec<Value> {
        let query = format!("select to_jsonb(row)::text from ({query}) row");
        let rows = self
            .client
            .query(&query, &[&parameter])
            .await
            .expect("the query runs");
        rows.iter()
            .map(|row| serde_json::from_str(row.get(0)).expect("PostgreSQL writes JSON"))
            .collect()
    }

    /// Inserts a row, of the columns in `row` alone, and returns its id.
    ///
    /// # Panics If `row` is not an object, or the database refuses it.
    pub async fn insert(&self, table: &str, row: &Value) -> Uuid {
        let columns = columns(row.as_object().expect("a row is an object"));
        let insert = format!(
            "insert into {table} ({columns}) select {columns} from \
             jsonb_populate_record(null::{table}, $1::text::jsonb) returning id::text"
        );
        let row = self.client.query_one(&insert, &[&row.to_string()]).await;
        let id: String = row.expect("the row is accepted").get(0);
        id.parse().expect("ids are UUIDs")
    }

    /// Runs statements that change the schema, or many rows.
    pub async fn change(&self, statements: &str) {
        let done = self.client.batch_execute(statements).await;
        done.expect("the statements run");
    }

    /// Runs a statement; `$1` is `parameter`, as text.
    pub async fn execute(&self, statement: &str, parameter: &str) -> u64 {
        let done = self.client.execute(statement, &[&parameter]).await;
        done.expect("the statement runs")
    }
}

fn columns(row: &Map<String, Value>) -> String {
    let quoted: Vec<String> = row.keys().map(|column| format!("\"{column}\"")).collect();
    quoted.join(",")
}
