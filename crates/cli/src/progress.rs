//! Progress on standard error, and stopping by Ctrl-C.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tributary_engine::{RunObserver, ingest::Flow, ingest::IngestObserver};

use crate::Failure;

/// Set by the first Ctrl-C; the second ends the program at once, which a workspace survives.
#[derive(Clone, Debug)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(crate) fn new() -> std::io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&flag))?;
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
        }
        Ok(Self(flag))
    }

    /// Listens to nothing: a command that has nothing to leave in order ends at once when told to.
    pub(crate) fn inert() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    pub(crate) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How long work that was told to stop may take to put its files in order.
const GRACE: Duration = Duration::from_secs(2);

/// Does work that cannot be interrupted from within: when told to stop, it is left behind after a short grace, in which it may
/// take away files it had begun. It must not begin a file once [`Stop::asked`].
pub(crate) fn stoppable<T: Send + 'static>(stop: &Stop, work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    let (send, receive) = channel();
    let begun = std::thread::Builder::new().name("work".to_owned()).spawn(move || {
        // Nobody listens any more once the command was stopped.
        let _ = send.send(work());
    });
    begun.map_err(|e| Failure::input(format!("cannot start a thread: {e}")))?;
    loop {
        match receive.recv_timeout(Duration::from_millis(50)) {
            Ok(outcome) => return outcome,
            Err(RecvTimeoutError::Timeout) if !stop.asked() => {}
            Err(RecvTimeoutError::Timeout) => return receive.recv_timeout(GRACE).unwrap_or(Err(Failure::Stopped)),
            Err(RecvTimeoutError::Disconnected) => return Err(Failure::input("a fault in the program ended the work; please report it".to_owned())),
        }
    }
}

/// A bar where there is a terminal, and lines at stage changes where there is none.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    stop: Stop,
    quiet: bool,
}

impl Progress {
    pub(crate) fn new(stop: &Stop, quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{elapsed:>4} {bar:28} {percent:>3}% {msg}") {
            bar.set_style(style);
        }
        Self { bar, stop: stop.clone(), quiet }
    }

    pub(crate) fn message(&self, text: &str) {
        if !self.quiet && !std::io::stderr().is_terminal() {
            eprintln!("{text}");
        }
        self.bar.set_message(text.to_owned());
    }

    pub(crate) fn position(&self, done: u64, total: u64) -> bool {
        self.bar.set_length(total.max(1));
        self.bar.set_position(done.min(total.max(1)));
        !self.stop.asked()
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl IngestObserver for Progress {
    fn progress(&self, bytes_read: u64, bytes_total: u64, _rows: u64) -> Flow {
        if self.position(bytes_read, bytes_total) { Flow::Continue } else { Flow::Stop }
    }
}

impl RunObserver for Progress {
    fn stage(&self, stage: usize, stages: usize, name: &str) -> bool {
        self.bar.enable_steady_tick(Duration::from_millis(200));
        self.message(&format!("{stage}/{stages} {name}"));
        self.position(stage as u64 - 1, stages as u64)
    }
}
