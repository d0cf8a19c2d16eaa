//! The portal through its real router and services, every test on SQLite and on PostgreSQL.

mod harness;

mod audit_log;
mod devices;
mod outbox;
mod requests;
mod sessions;
mod sign_in;
mod stage;
mod storage;
