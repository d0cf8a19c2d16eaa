//! Files and folders that only the portal's own user of the machine opens.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub use other::{create_file, create_folder, keep_file, keep_folder};
#[cfg(unix)]
pub use unix::{create_file, create_folder, keep_file, keep_folder};
