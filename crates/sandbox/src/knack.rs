//! A simulator of Knack's object-based REST API.
