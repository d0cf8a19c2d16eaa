//! The portal through its real router and services, every test on SQLite and on PostgreSQL.

mod harness;

mod access_walk;
mod articles;
mod attachments;
mod audit_log;
mod device_groups;
mod devices;
mod directories;
mod helpdesk;
mod live_updates;
mod outbox;
mod pages;
mod replies;
mod request_forms;
mod requests;
mod rights;
mod roles;
mod scheduling;
mod search;
mod sessions;
mod sign_in;
mod stage;
mod storage;
mod web;
