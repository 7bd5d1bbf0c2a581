//! knack-client
