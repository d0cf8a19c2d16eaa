//! The thread that injects, in the order in which the operator acted.
//!
//! Invariant: when the [`Hands`] are dropped, or the thread ends in any other way, everything that is held is released.

use super::{
    Injector, InputError,
    held::{Held, PointerOrder, Stroke},
};
use crate::capture::{DisplayTarget, Size};
use deskside_protocol::channel::{Input, Pointer};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// What others may know about injected input.
#[derive(Debug)]
pub struct Touch {
    start: Instant,
    /// Number of the last input applied.
    applied: AtomicU32,
    /// When the pointer was last moved, milliseconds since the start, plus one; 0 for never.
    moved: AtomicU64,
    size: AtomicU32,
    /// Called after input where the system does not tell what was drawn.
    look: OnceLock<Look>,
}

struct Look(Box<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Look {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Look")
    }
}

impl Touch {
    pub fn new(size: Size) -> Self {
        let touch = Self {
            start: Instant::now(),
            applied: AtomicU32::new(0),
            moved: AtomicU64::new(0),
            size: AtomicU32::new(0),
            look: OnceLock::new(),
        };
        touch.set_size(size);
        touch
    }

    /// Number of the last input that was handed to the system.
    pub fn applied(&self) -> u32 {
        self.applied.load(Ordering::Acquire)
    }

    /// Whether the operator moved the pointer within this time.
    pub fn moved_within(&self, time: Duration) -> bool {
        let moved = self.moved.load(Ordering::Relaxed);
        moved > 0 && self.now().saturating_sub(moved) <= time.as_millis() as u64
    }

    /// The desktop's size, for positions.
    pub fn size(&self) -> Size {
        let size = self.size.load(Ordering::Relaxed);
        Size {
            width: (size >> 16) as u16,
            height: size as u16,
        }
    }

    pub fn set_size(&self, size: Size) {
        self.size
            .store(u32::from(size.width) << 16 | u32::from(size.height), Ordering::Relaxed);
    }

    /// What to call after input; only the first one counts.
    pub fn look_after_input(&self, look: impl Fn() + Send + Sync + 'static) {
        let _ = self.look.set(Look(Box::new(look)));
    }

    fn now(&self) -> u64 {
        self.start.elapsed().as_millis() as u64 + 1
    }
}

enum Command {
    Input(Input),
    Pointer(Pointer),
    Release,
}

/// Hands on the device's keyboard and mouse.
pub struct Hands {
    commands: mpsc::Sender<Command>,
}

impl Hands {
    /// Connects to the desktop and starts the thread.
    pub fn open(target: &DisplayTarget, touch: Arc<Touch>) -> Result<Self, InputError> {
        let injector = Injector::open(target)?;
        let (commands, queue) = mpsc::channel();
        thread::Builder::new()
            .name("deskside-hands".into())
            .spawn(move || {
                Worker {
                    injector,
                    touch,
                    held: Held::default(),
                    order: PointerOrder::default(),
                }
                .run(&queue)
            })
            .map_err(|error| InputError::Lost(error.to_string()))?;
        Ok(Self { commands })
    }

    pub fn input(&self, input: Input) {
        let _ = self.commands.send(Command::Input(input));
    }

    pub fn pointer(&self, pointer: Pointer) {
        let _ = self.commands.send(Command::Pointer(pointer));
    }

    /// Lets go of everything.
    pub fn release(&self) {
        let _ = self.commands.send(Command::Release);
    }
}

struct Worker {
    injector: Injector,
    touch: Arc<Touch>,
    held: Held,
    order: PointerOrder,
}

impl Worker {
    fn run(mut self, queue: &mpsc::Receiver<Command>) {
        while let Ok(command) = queue.recv() {
            let (strokes, number) = match command {
                Command::Input(input) => (self.held.apply(&input.action), Some(input.number)),
                Command::Pointer(pointer) if self.order.accept(pointer.number) => {
                    (vec![Stroke::Move(pointer.at)], None)
                }
                Command::Pointer(_) => continue,
                Command::Release => (self.held.release_all(), None),
            };
            if let Err(error) = self.inject(&strokes) {
                tracing::warn!("input was lost: {error}");
            }
            if let Some(number) = number {
                self.touch.applied.store(number, Ordering::Release);
            }
        }
    }

    fn inject(&mut self, strokes: &[Stroke]) -> Result<(), InputError> {
        if strokes.iter().any(|stroke| matches!(stroke, Stroke::Move(_))) {
            self.touch.moved.store(self.touch.now(), Ordering::Relaxed);
        }
        let size = self.touch.size();
        for stroke in strokes {
            self.injector.inject(*stroke, size)?;
        }
        self.injector.flush()?;
        if let Some(Look(look)) = self.touch.look.get() {
            look();
        }
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let strokes = self.held.release_all();
        if let Err(error) = self.inject(&strokes) {
            tracing::warn!("keys could not be released: {error}");
        }
    }
}
