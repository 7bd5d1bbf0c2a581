//! What the API reports about the application: its objects and their fields, in the shape public clients read.

use actix_web::{HttpResponse, web::Bytes};
use serde_json::{Value, json};

use super::{
    body::{self, Delivery, Refusal},
    credentials::APP_ID,
    simulator::Simulator,
    view,
};
use crate::data::ObjectSchema;

/// `/applications/{id}`. Assumed: another application's id is not found.
pub(super) fn application(id: &str, simulator: &Simulator) -> HttpResponse {
    if id != APP_ID {
        return Refusal::text(404, "Not Found").respond(None);
    }
    let schemas = simulator.store().schemas();
    let objects: Vec<Value> = schemas.iter().map(|schema| described(schema)).collect();
    let application = json!({"application": {
        "id": APP_ID,
        "name": "Sandbox",
        "slug": "sandbox",
        "account": {"slug": ""}, // empty: clients then stay on the host they were given
        "settings": {"timezone": "Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London"}, // Knack's name of it
        "objects": objects,
        "scenes": view::scenes(&schemas),
    }});
    body::json(vec![text(&application)], Delivery::Whole, None)
}

/// `/objects`
pub(super) fn objects(simulator: &Simulator) -> Vec<Bytes> {
    let schemas = simulator.store().schemas();
    let objects: Vec<Value> = schemas
        .iter()
        .map(|schema| json!({"key": schema.key, "name": schema.name}))
        .collect();
    vec![text(&json!({"objects": objects}))]
}

/// `/objects/{key}`; none where there is no such object.
pub(super) fn object(key: &str, simulator: &Simulator) -> Option<Vec<Bytes>> {
    let schema = simulator.store().schema(key)?;
    Some(vec![text(&json!({"object": described(&schema)}))])
}

fn described(schema: &ObjectSchema) -> Value {
    json!({"key": schema.key, "name": schema.name, "fields": schema.fields})
}

fn text(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}
