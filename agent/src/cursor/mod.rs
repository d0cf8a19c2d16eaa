//! The mouse pointer: shapes once, positions often.
