//! The portal through its real router and services, every test on SQLite and on PostgreSQL.

mod harness;

mod access_walk;
mod articles;
mod attachments;
mod audit_log;
mod bad_input;
mod canned;
mod device_groups;
mod devices;
mod feedback;
mod helpdesk;
mod languages;
mod live_updates;
mod notices;
mod outbox;
mod pages;
mod preconsents;
mod push;
mod replies;
mod replies_senders;
mod replies_trouble;
mod request_forms;
mod requests;
mod rights;
mod roles;
mod scheduling;
mod search;
mod session_consent;
mod session_files;
mod session_reports;
mod sessions;
mod sign_in;
mod stage;
mod storage;
mod web;
