//! The app's views behind a log-in: each shows the records of one object that belong to the user who asks.
//!
//! Assumed: a view has a column for every field of its object.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::data::{ObjectSchema, STAFF_ADMINS, SUPER_USERS};

/// The view that shows a staff admin's own record, as `{scene}/{view}`.
pub const STAFF_VIEW: &str = "scene_101/view_201";
/// The view that shows a super user's own record, as `{scene}/{view}`.
pub const SUPER_USER_VIEW: &str = "scene_102/view_202";

struct View {
    path: &'static str,
    name: &'static str,
    object: &'static str,
}

const VIEWS: [View; 2] = [
    View {
        path: STAFF_VIEW,
        name: "My staff admin account",
        object: STAFF_ADMINS,
    },
    View {
        path: SUPER_USER_VIEW,
        name: "My super user account",
        object: SUPER_USERS,
    },
];

/// The object whose records a view shows; none where there is no such view.
pub(super) fn object(path: &str) -> Option<&'static str> {
    VIEWS
        .iter()
        .find(|view| view.path == path)
        .map(|view| view.object)
}

/// The scenes and their views, as the metadata of the application lists them.
pub(super) fn scenes(schemas: &[Arc<ObjectSchema>]) -> Value {
    VIEWS.iter().map(|view| scene(view, schemas)).collect()
}

fn scene(view: &View, schemas: &[Arc<ObjectSchema>]) -> Value {
    let (scene_key, view_key) = view.path.split_once('/').unwrap_or((view.path, ""));
    let columns: Vec<Value> = schemas
        .iter()
        .filter(|schema| schema.key == view.object)
        .flat_map(|schema| &schema.fields)
        .map(|field| json!({"type": "field", "header": field.name, "field": {"key": field.key}}))
        .collect();
    json!({
        "key": scene_key,
        "name": view.name,
        "authenticated": true,
        "views": [{
            "key": view_key,
            "name": view.name,
            "type": "table",
            "source": {"object": view.object},
            "columns": columns,
        }],
    })
}
