//! The thread that watches one desktop: captures the moment something was drawn, converts, encodes, and hands over.
//!
//! Invariant: one thread does it all, so a frame is never captured before the last one was handed over; between
//! frames it sleeps in [`Capturer::wait`].

use super::{
    channels::Outgoing,
    link::Link,
    orders::{Orders, Told},
    schedule::{Schedule, Step},
};
use crate::{
    capture::{CaptureError, Capturer, DisplayTarget, LOOKS_AFTER_INPUT, Notices, Size, Waker},
    cursor::{CursorTracker, position},
    encode::{EncodeError, Encoder, H264, Order, Picture, Purpose, quality::Quality},
    input::Touch,
};
use bytes::Bytes;
use deskside_protocol::channel::{AgentControl, Cursor, FrameTiming};
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// Time between two tries to get a lost desktop back.
const RETRY: Duration = Duration::from_secs(1);
/// The pointer is looked for no more often than this.
const POINTER_EVERY: Duration = Duration::from_millis(25);
/// A movement this soon after the operator's own is taken for his.
const OWN_MOVEMENT: Duration = Duration::from_millis(150);
/// Said to an operator whose input is not injected.
const RESTS: &str =
    "The person at the device is being asked something. Until they answer, your mouse and keyboard do nothing there.";

/// An encoded frame on its way out.
pub struct VideoFrame {
    pub bytes: Bytes,
    /// When its picture was taken.
    pub taken: Instant,
    /// Number of the last input applied before that.
    pub after_input: u32,
    pub timing: FrameTiming,
}

/// Where the thread's results go.
#[derive(Clone)]
pub struct Outlets {
    /// Of capacity one: a frame waits until the one before was taken.
    pub frames: mpsc::Sender<VideoFrame>,
    pub cursor: Outgoing<Cursor>,
    pub control: Outgoing<AgentControl>,
}

/// Tells the thread what to do, from anywhere.
#[derive(Clone)]
pub struct ScreenHandle {
    orders: Arc<Orders>,
    waker: Arc<Mutex<Waker>>,
}

impl ScreenHandle {
    /// Whether the operator may and can see the desktop.
    pub fn show(&self, shown: bool) {
        self.orders.show(shown);
        self.look();
    }

    /// The browser asks for a keyframe.
    pub fn keyframe(&self) {
        self.orders.keyframe();
        self.look();
    }

    pub fn stop(&self) {
        self.orders.stop();
        self.look();
    }

    /// Has the thread look at everything again.
    pub fn look(&self) {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner).wake();
    }
}

/// Starts the thread on an opened desktop.
pub fn start(
    capturer: Capturer,
    target: DisplayTarget,
    link: Arc<Link>,
    touch: Arc<Touch>,
    outlets: Outlets,
) -> Result<ScreenHandle, CaptureError> {
    let orders = Arc::new(Orders::default());
    let waker = Arc::new(Mutex::new(capturer.waker()));
    let handle = ScreenHandle {
        orders: orders.clone(),
        waker: waker.clone(),
    };
    if LOOKS_AFTER_INPUT {
        let handle = handle.clone();
        touch.look_after_input(move || handle.look());
    }
    let screen = Screen {
        target,
        link,
        touch,
        outlets,
        orders,
        waker,
        schedule: Schedule::default(),
        stopped: false,
    };
    thread::Builder::new()
        .name("deskside-screen".into())
        .spawn(move || screen.run(capturer))
        .map_err(|error| CaptureError::Lost(error.to_string()))?;
    Ok(handle)
}

struct Screen {
    target: DisplayTarget,
    link: Arc<Link>,
    touch: Arc<Touch>,
    outlets: Outlets,
    orders: Arc<Orders>,
    waker: Arc<Mutex<Waker>>,
    schedule: Schedule,
    stopped: bool,
}

/// What belongs to one size of the desktop.
struct View {
    size: Size,
    picture: Picture,
    encoder: Box<dyn Encoder>,
    quality: Quality,
    start: Instant,
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Capture(#[from] CaptureError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// Notices between two frames.
#[derive(Default)]
struct Seen {
    drawn: Option<Instant>,
    pointer: Option<Instant>,
}

impl Screen {
    fn run(mut self, capturer: Capturer) {
        let mut opened = Some(capturer);
        while !self.stopped {
            let result = match opened.take() {
                Some(capturer) => self.watch(capturer),
                None => Capturer::open(&self.target)
                    .map_err(Trouble::from)
                    .and_then(|capturer| self.watch(capturer)),
            };
            if let Err(trouble) = result {
                tracing::warn!("the desktop cannot be shown: {trouble}");
                let why = format!("The desktop cannot be shown now: {trouble}.");
                self.outlets.control.send(AgentControl::Blind { why });
                self.pause();
            }
        }
    }

    fn pause(&mut self) {
        let until = Instant::now() + RETRY;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|_| !self.stopped) {
            let told = self.orders.wait(left);
            self.obey(told);
        }
    }

    fn obey(&mut self, told: Told) {
        if told.hide {
            self.schedule.show(false);
        }
        if let Some(shown) = told.show {
            self.schedule.show(shown);
        }
        if told.keyframe {
            self.schedule.want_keyframe();
        }
        self.stopped |= told.stop;
    }

    fn watch(&mut self, mut capturer: Capturer) -> Result<(), Trouble> {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = capturer.waker();
        let mut view = self.view(capturer.size())?;
        let mut cursor = CursorTracker::default();
        self.pointer_shape(&mut capturer, &mut cursor)?;
        let mut seen = Seen::default();
        let mut blind = None;
        loop {
            let told = self.orders.take();
            self.obey(told);
            if self.stopped {
                return Ok(());
            }
            if self.outlets.frames.is_closed() {
                self.stopped = true;
                return Ok(());
            }
            let now = Instant::now();
            let notices = match self.schedule.next(now, self.link.backlog()) {
                Step::Encode(purpose) => {
                    self.frame(&mut capturer, &mut view, purpose, &mut seen)?;
                    capturer.wait(Some(Instant::now()))?
                }
                Step::Wait(until) => {
                    let pointer_at = seen.pointer.map(|at| at + POINTER_EVERY);
                    capturer.wait(until.into_iter().chain(pointer_at).min())?
                }
            };
            self.notice(notices, &mut capturer, &mut seen);
            if notices.resized && capturer.size() != view.size {
                view = self.view(capturer.size())?;
                self.schedule.want_keyframe();
            }
            if notices.shape {
                self.pointer_shape(&mut capturer, &mut cursor)?;
            }
            self.pointer_moved(&mut capturer, &mut seen)?;
            let rests = self.touch.is_missed().then_some(RESTS);
            if blind != capturer.blind().or(rests) {
                blind = capturer.blind().or(rests);
                let message = match blind {
                    Some(why) => AgentControl::Blind { why: why.to_owned() },
                    None => desktop(view.size),
                };
                self.outlets.control.send(message);
            }
        }
    }

    fn view(&mut self, size: Size) -> Result<View, Trouble> {
        let (width, height) = (usize::from(size.width), usize::from(size.height));
        let picture = Picture::new(width, height)?;
        let encoder = Box::new(H264::new(picture.width(), picture.height())?);
        self.touch.set_size(size);
        self.outlets.control.send(desktop(size));
        self.schedule.drawn(Instant::now());
        Ok(View {
            size,
            picture,
            encoder,
            quality: Quality::default(),
            start: Instant::now(),
        })
    }

    fn notice(&mut self, notices: Notices, _: &mut Capturer, seen: &mut Seen) {
        let now = Instant::now();
        if notices.damaged {
            seen.drawn.get_or_insert(now);
            self.schedule.drawn(now);
        }
        if notices.moved {
            seen.pointer.get_or_insert(now);
        }
    }

    fn frame(
        &mut self,
        capturer: &mut Capturer,
        view: &mut View,
        purpose: Purpose,
        seen: &mut Seen,
    ) -> Result<(), Trouble> {
        let after_input = self.touch.applied();
        // What was drawn since the last look belongs into this frame.
        let notices = capturer.wait(Some(Instant::now()))?;
        self.notice(notices, capturer, seen);
        if notices.resized {
            return Ok(());
        }
        if notices.shape {
            // Taken care of after the frame.
            seen.pointer.get_or_insert(Instant::now());
        }
        let taken = Instant::now();
        let wait = seen.drawn.take().map_or(Duration::ZERO, |drawn| taken - drawn);
        let mut touched = 0;
        let mut convert = Duration::ZERO;
        let picture = &mut view.picture;
        let pixels = capturer.grab(|block| {
            let start = Instant::now();
            picture.update(block);
            touched |= picture.bands(block.area);
            convert += start.elapsed();
        })?;
        let captured = Instant::now();
        let purpose = if purpose == Purpose::Refine && pixels > 0 {
            Purpose::Change
        } else {
            purpose
        };
        let whole = picture.width() * picture.height();
        let measure = if purpose == Purpose::Change { pixels } else { whole };
        let choice = view.quality.choose(purpose, measure, self.link.rate());
        picture.stir(choice.stir);
        let order = Order {
            quantiser: choice.quantiser,
            keyframe: purpose == Purpose::Keyframe,
            millis: (taken - view.start).as_millis() as i64,
        };
        let frame = view.encoder.encode(picture, order)?;
        let end = Instant::now();
        let purpose = if frame.keyframe { Purpose::Keyframe } else { purpose };
        let bytes = Bytes::copy_from_slice(frame.bytes);
        view.quality.encoded(purpose, choice, measure, touched, bytes.len());
        self.schedule.encoded(purpose, taken, end, view.quality.can_refine());
        let micros = |time: Duration| time.as_micros().try_into().unwrap_or(u32::MAX);
        let timing = FrameTiming {
            wait: micros(wait),
            capture: micros((captured - taken).saturating_sub(convert)),
            convert: micros(convert),
            encode: micros(end - captured),
            bytes: bytes.len().try_into().unwrap_or(u32::MAX),
        };
        // The receiver is gone when the session ended; the next round sees it.
        let _ = self.outlets.frames.blocking_send(VideoFrame {
            bytes,
            taken,
            after_input,
            timing,
        });
        Ok(())
    }

    fn pointer_shape(&self, capturer: &mut Capturer, cursor: &mut CursorTracker) -> Result<(), CaptureError> {
        let image = capturer.pointer_image()?;
        if !cursor
            .shape(image.as_ref())
            .into_iter()
            .all(|message| self.outlets.cursor.send(message))
        {
            // The browser does not know what the tracker takes it to know.
            *cursor = CursorTracker::default();
        }
        Ok(())
    }

    fn pointer_moved(&self, capturer: &mut Capturer, seen: &mut Seen) -> Result<(), CaptureError> {
        if seen.pointer.is_none_or(|at| at.elapsed() < POINTER_EVERY) {
            return Ok(());
        }
        seen.pointer = None;
        if !self.touch.moved_within(OWN_MOVEMENT) {
            let (x, y) = capturer.pointer()?;
            self.outlets.cursor.mention(Cursor::Moved {
                at: position(x, y, capturer.size()),
            });
        }
        Ok(())
    }
}

fn desktop(size: Size) -> AgentControl {
    AgentControl::Desktop {
        width: size.width,
        height: size.height,
    }
}
