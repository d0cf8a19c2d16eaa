//! The thread that injects, in the order in which the operator acted.
//!
//! Invariant: when the [`Hands`] are dropped, or the thread ends in any other way, everything that is held is released;
//! and nothing is pressed or typed any longer that was given before a release. Nothing of the operator answers for the
//! person at the device: nothing is injected while that person is asked something, nor pressed in the agent's windows.

use super::{
    Injector, InputError,
    held::{Held, PointerOrder, Stroke},
};
use crate::capture::{DisplayTarget, Size};
use deskside_protocol::channel::{Input, InputAction, Pointer};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// What others may know about injected input.
#[derive(Debug)]
pub struct Touch {
    start: Instant,
    /// Number of the last input applied.
    applied: AtomicU32,
    /// When the pointer was last moved, milliseconds since the start, plus one; 0 for never.
    moved: AtomicU64,
    size: AtomicU32,
    /// Whether the person at the device is being asked something.
    asking: OnceLock<watch::Receiver<bool>>,
    /// Whether the operator may control the device, and so misses it while the hands rest.
    controls: AtomicBool,
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
            asking: OnceLock::new(),
            controls: AtomicBool::new(false),
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

    /// While this says so nothing is injected; only the first one counts.
    pub fn rest_while(&self, asking: watch::Receiver<bool>) {
        let _ = self.asking.set(asking);
    }

    /// True while nothing is injected.
    pub fn rests(&self) -> bool {
        self.asking.get().is_some_and(|asking| *asking.borrow())
    }

    pub fn set_controls(&self, controls: bool) {
        self.controls.store(controls, Ordering::Relaxed);
    }

    /// True while nothing is injected that otherwise would be.
    pub fn is_missed(&self) -> bool {
        self.controls.load(Ordering::Relaxed) && self.rests()
    }

    /// What to call after input; only the first one counts.
    pub fn look_after_input(&self, look: impl Fn() + Send + Sync + 'static) {
        let _ = self.look.set(Look(Box::new(look)));
    }

    fn now(&self) -> u64 {
        self.start.elapsed().as_millis() as u64 + 1
    }
}

/// Actions that wait for the thread. What comes when it is full is dropped; if that would leave something held,
/// everything is let go.
pub const QUEUE: usize = 1024;

enum Command {
    Input(Input),
    Pointer(Pointer),
    /// Only wakes the thread, which sees for itself that its turn is over.
    Release,
}

/// What the thread looks at before every stroke.
#[derive(Debug, Default)]
struct Turn {
    /// Grows with every release; what was given in an earlier turn is not injected.
    number: AtomicU64,
    closed: AtomicBool,
}

impl Turn {
    fn number(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    fn is(&self, number: u64) -> bool {
        !self.closed.load(Ordering::Acquire) && self.number() == number
    }

    fn end(&self) {
        self.number.fetch_add(1, Ordering::AcqRel);
    }
}

/// What strokes are given to: the desktop, or a test.
trait Desk {
    fn inject(&mut self, stroke: Stroke, size: Size) -> Result<(), InputError>;
    fn flush(&mut self) -> Result<(), InputError>;
    /// Whether a press now would land in a window of the agent, which is for the person at the device alone.
    fn is_own(&mut self, stroke: Stroke) -> Result<bool, InputError>;
}

impl Desk for Injector {
    fn inject(&mut self, stroke: Stroke, size: Size) -> Result<(), InputError> {
        Injector::inject(self, stroke, size)
    }

    fn flush(&mut self) -> Result<(), InputError> {
        Injector::flush(self)
    }

    fn is_own(&mut self, stroke: Stroke) -> Result<bool, InputError> {
        Injector::is_own(self, stroke)
    }
}

/// Hands on the device's keyboard and mouse.
pub struct Hands {
    commands: mpsc::SyncSender<(u64, Command)>,
    turn: Arc<Turn>,
}

impl Hands {
    /// Connects to the desktop and starts the thread.
    pub fn open(target: &DisplayTarget, touch: Arc<Touch>) -> Result<Self, InputError> {
        Self::on(Injector::open(target)?, touch)
    }

    fn on(desk: impl Desk + Send + 'static, touch: Arc<Touch>) -> Result<Self, InputError> {
        let (commands, queue) = mpsc::sync_channel(QUEUE);
        let turn = Arc::new(Turn::default());
        let worker = Worker {
            desk,
            touch,
            held: Held::default(),
            order: PointerOrder::default(),
            turn: turn.clone(),
            now: 0,
        };
        thread::Builder::new()
            .name("deskside-hands".into())
            .spawn(move || worker.run(&queue))
            .map_err(|error| InputError::Lost(error.to_string()))?;
        Ok(Self { commands, turn })
    }

    /// Queues an action, or drops it when [`QUEUE`] others wait.
    pub fn input(&self, input: Input) {
        let lets_go = matches!(
            input.action,
            InputAction::KeyUp { .. } | InputAction::ButtonUp { .. } | InputAction::ReleaseAll
        );
        let full = !self.give(Command::Input(input));
        if full && lets_go {
            self.release();
        }
    }

    /// Queues a position, or drops it when [`QUEUE`] actions wait.
    pub fn pointer(&self, pointer: Pointer) {
        self.give(Command::Pointer(pointer));
    }

    /// Lets go of everything at once; what was given before and is not yet injected never will be.
    pub fn release(&self) {
        self.turn.end();
        // When the queue is full the thread is awake and sees the end of the turn at its next stroke.
        self.give(Command::Release);
    }

    /// Lets go of everything and takes nothing any longer.
    pub fn close(&self) {
        self.turn.closed.store(true, Ordering::Release);
        self.release();
    }

    fn give(&self, command: Command) -> bool {
        self.commands.try_send((self.turn.number(), command)).is_ok()
    }
}

impl Drop for Hands {
    fn drop(&mut self) {
        self.close();
    }
}

struct Worker<D: Desk> {
    desk: D,
    touch: Arc<Touch>,
    held: Held,
    order: PointerOrder,
    turn: Arc<Turn>,
    /// The turn that the held keys belong to.
    now: u64,
}

impl<D: Desk> Worker<D> {
    fn run(mut self, queue: &mpsc::Receiver<(u64, Command)>) {
        while let Ok((turn, command)) = queue.recv() {
            self.let_go_after_a_turn();
            // Read after the command came, so it cannot be of a later turn.
            if turn != self.now || !self.turn.is(turn) {
                continue;
            }
            if self.touch.rests() {
                self.let_go();
                continue;
            }
            let (strokes, number) = match command {
                Command::Input(input) => (self.held.apply(&input.action), Some(input.number)),
                Command::Pointer(pointer) if self.order.accept(pointer.number) => {
                    (vec![Stroke::Move(pointer.at)], None)
                }
                Command::Pointer(_) => continue,
                Command::Release => continue,
            };
            if let Err(error) = self.inject(&strokes) {
                tracing::warn!("input was lost: {error}");
            }
            if let Some(number) = number {
                self.touch.applied.store(number, Ordering::Release);
            }
            self.let_go_after_a_turn();
        }
    }

    fn let_go_after_a_turn(&mut self) {
        let now = self.turn.number();
        if std::mem::replace(&mut self.now, now) != now {
            self.let_go();
        }
    }

    fn let_go(&mut self) {
        let strokes = self.held.release_all();
        if let Err(error) = self.inject(&strokes) {
            tracing::warn!("keys could not be released: {error}");
        }
    }

    fn inject(&mut self, strokes: &[Stroke]) -> Result<(), InputError> {
        if strokes.iter().any(|stroke| matches!(stroke, Stroke::Move(_))) {
            self.touch.moved.store(self.touch.now(), Ordering::Relaxed);
        }
        let size = self.touch.size();
        for stroke in strokes {
            let lets_go = matches!(stroke, Stroke::Release(_) | Stroke::ButtonUp(_));
            if lets_go || (self.turn.is(self.now) && !self.touch.rests() && !self.desk.is_own(*stroke)?) {
                self.desk.inject(*stroke, size)?;
            }
        }
        self.desk.flush()?;
        if let Some(Look(look)) = self.touch.look.get() {
            look();
        }
        Ok(())
    }
}

impl<D: Desk> Drop for Worker<D> {
    fn drop(&mut self) {
        let strokes = self.held.release_all();
        if let Err(error) = self.inject(&strokes) {
            tracing::warn!("keys could not be released: {error}");
        }
    }
}

#[cfg(test)]
#[path = "hands_tests.rs"]
mod tests;
