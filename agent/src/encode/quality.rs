//! How fine each frame is encoded.
