mod allowed;
mod consent;
mod media;
mod resume;
mod windows;
