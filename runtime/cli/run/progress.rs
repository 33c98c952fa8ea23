//! A run as it goes on: a bar or lines for people, events as JSON for programs.

use crate::batch::{Event, ImageDone};
use crate::cli::exit;
use crate::cli::report::{Failure, tell, unwritten};
use indicatif::{ProgressBar, ProgressStyle};
use rotifer_registry::{Code, Error};
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Time between two reports of progress in a file of events.
const PROGRESS: Duration = Duration::from_secs(1);

/// Events as lines of JSON.
pub struct Events {
    to: Box<dyn Write>,
    told: Option<Instant>,
    /// The first that could not be written: no more are.
    pub failed: Option<Error>,
    /// Nobody reads on.
    closed: bool,
}

impl Events {
    pub fn open(path: &Path) -> Result<Events, Failure> {
        let to: Box<dyn Write> = if path.as_os_str() == "-" {
            Box::new(std::io::stdout())
        } else {
            let unwritten = |e: std::io::Error| {
                let message = format!("{}: events cannot be written: {e}", path.display());
                Failure::new(exit::INPUT, Error::new(Code::File, message))
            };
            Box::new(File::create(path).map_err(unwritten)?)
        };
        Ok(Events { to, told: None, failed: None, closed: false })
    }

    pub fn tell(&mut self, event: &Event) {
        if let Event::Progress { done, failed, of } = event {
            let last = done + failed == *of;
            if !last && self.told.is_some_and(|at| at.elapsed() < PROGRESS) {
                return;
            }
            self.told = Some(Instant::now());
        }
        if self.closed || self.failed.is_some() {
            return;
        }
        let line = serde_json::to_string(event).unwrap_or_default() + "\n";
        match self.to.write_all(line.as_bytes()).and_then(|()| self.to.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => self.closed = true,
            Err(error) => self.failed = Some(unwritten(&error)),
        }
    }
}

/// A bar on a terminal, plain lines elsewhere.
pub struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
    done: usize,
    all: usize,
}

impl Progress {
    pub fn new(all: usize, quiet: bool) -> Progress {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new(all as u64);
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {eta}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Progress { bar, quiet, done: 0, all }
    }

    pub fn tell(&mut self, event: &Event) {
        match event {
            Event::Started { resumed, .. } if *resumed > 0 => {
                self.done = *resumed;
                match &self.bar {
                    Some(bar) => bar.inc(*resumed as u64),
                    None if self.quiet => {}
                    None => tell(&format!("{resumed} of {} images are finished\n", self.all)),
                }
            }
            Event::Image { image } => self.step(image),
            Event::Stopping => {
                let text = "stopping when the images under way are done; a second signal ends at once";
                match &self.bar {
                    Some(bar) => bar.println(text),
                    None => tell(&format!("{text}\n")),
                }
            }
            _ => {}
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn step(&mut self, image: &ImageDone) {
        self.done += 1;
        let line = match (&image.error, &image.skipped, image.objects) {
            (Some(error), ..) => format!("{}: failed: {error}", image.image),
            (None, Some(why), _) => format!("{}: skipped: {why}", image.image),
            (None, None, Some(n)) => format!("{}: {n} objects, {:.2} s", image.image, image.seconds),
            (None, None, None) => format!("{}: {:.2} s", image.image, image.seconds),
        };
        match &self.bar {
            Some(bar) => {
                if image.error.is_some() {
                    bar.println(&line);
                }
                bar.set_message(image.image.clone());
                bar.inc(1);
            }
            // Failures are named on stderr even where stdout is JSON.
            None if self.quiet && image.error.is_none() => {}
            None => tell(&format!("[{}/{}] {line}\n", self.done, self.all)),
        }
    }
}
