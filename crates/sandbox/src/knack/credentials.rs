//! What every simulator accepts.

/// The application id every simulator accepts.
pub const APP_ID: &str = "5f3c9a1b7d2e4f6081a2b3c4";
/// The REST API key every simulator accepts.
pub const API_KEY: &str = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";
/// What is sent in place of the REST API key where a user's token counts.
pub const VIEW_KEY: &str = "knack";
/// Every user's password.
pub const PASSWORD: &str = "correct-horse-7";
