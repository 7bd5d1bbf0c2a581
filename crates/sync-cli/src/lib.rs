//! sync-cli
