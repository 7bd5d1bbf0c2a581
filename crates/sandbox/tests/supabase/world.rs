//! A whole world, as a program finds it by its environment.

use std::collections::HashMap;

use jiff::civil::date;
use sandbox::data::{School, staff_emails, standard_staff};
use sandbox::knack::{Options, VIEW_KEY};
use sandbox::world::{Rows, World};
use serde_json::Value;
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::support::client;

#[tokio::test]
async fn a_program_finds_schools_and_users_by_the_environment() {
    let school = School::new("5f0000000000000000000001", "Alder Park School");
    let mut options = Options::new(date(2026, 11, 23), vec![school]);
    options.staff = standard_staff();
    let rows = TempDir::new().unwrap();
    let data = rows.path().join("rows");
    let world = World::start(Rows::Embedded(data), options).await.unwrap();
    let environment: HashMap<_, _> = world.environment().into_iter().collect();
    assert_eq!(environment.get("DATABASE_URL"), None);

    let schools = client()
        .get(format!(
            "{}/rest/v1/establishments",
            environment["SUPABASE_URL"]
        ))
        .header("apikey", &environment["SUPABASE_KEY"]);
    let schools: Value = schools.send().await.unwrap().json().await.unwrap();
    assert_eq!(schools[0]["knack_id"], "5f0000000000000000000001");

    for (view, email, name) in [
        ("KNACK_STAFF_VIEW", staff_emails::OF_ONE_SCHOOL, "field_85"),
        (
            "KNACK_SUPER_USER_VIEW",
            staff_emails::SUPER_USER,
            "field_472",
        ),
    ] {
        let (scene, view) = environment[view].split_once('/').unwrap();
        let api = &environment["KNACK_API_URL"];
        let shown = client()
            .get(format!("{api}/pages/{scene}/views/{view}/records"))
            .header("X-Knack-Application-Id", &environment["KNACK_APP_ID"])
            .header("X-Knack-REST-API-Key", VIEW_KEY)
            .header("Authorization", world.knack.sign_in(email).unwrap());
        let shown: Value = shown.send().await.unwrap().json().await.unwrap();
        let person = standard_staff()
            .into_iter()
            .find(|person| person.email == email)
            .unwrap();
        assert_eq!(shown["records"][0][name], person.name);
    }
}

#[tokio::test]
async fn rows_in_postgresql_can_be_looked_at_there() {
    let school = School::new("5f0000000000000000000001", "Alder Park School");
    let options = Options::new(date(2026, 11, 23), vec![school]);
    let world = World::start(Rows::Postgres, options).await.unwrap();
    let environment: HashMap<_, _> = world.environment().into_iter().collect();

    let connected = tokio_postgres::connect(&environment["DATABASE_URL"], NoTls).await;
    let (client, connection) = connected.unwrap();
    tokio::spawn(connection);
    let row = client.query_one("select knack_id from establishments", &[]);
    let knack_id: String = row.await.unwrap().get(0);
    assert_eq!(knack_id, "5f0000000000000000000001");
}
