//! What handlers share: the source, the run last read, and the limits.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tributary_engine::lists::ListVersion;
use tributary_screen::Screener;

use crate::guard::Limits;
use crate::problem::Problem;
use crate::source::{Kept, Source, SourceError};

/// Shared by all requests.
pub(crate) struct Shared {
    source: Box<dyn Source>,
    kept: Mutex<Option<Arc<Kept>>>,
    screener: Mutex<Option<Ready>>,
    pub(crate) limits: Limits,
    pub(crate) permits: Semaphore,
}

/// A screener, and the lists it was made of.
pub(crate) type Ready = (Arc<Vec<ListVersion>>, Arc<Screener>);

/// Cheap to clone.
pub(crate) type State = Arc<Shared>;

impl Shared {
    pub(crate) fn new(source: Box<dyn Source>, limits: Limits) -> State {
        Arc::new(Self { source, kept: Mutex::new(None), screener: Mutex::new(None), limits, permits: Semaphore::new(limits.requests_max) })
    }

    /// The latest run, read once for each run id. The lock is held while reading, so that a crowd of requests reads it once.
    fn latest(&self) -> Result<Arc<Kept>, SourceError> {
        let id = self.source.latest()?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.run.run == id) {
            return Ok(Arc::clone(kept));
        }
        let read = Arc::new(self.source.kept()?);
        *kept = Some(Arc::clone(&read));
        Ok(read)
    }
}

impl Shared {
    /// The screener over the lists in force, made once for each set of versions.
    fn screener(&self) -> Result<Ready, SourceError> {
        let versions = self.source.lists()?;
        let mut kept = self.screener.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, screener)) = kept.as_ref().filter(|(known, _)| **known == versions) {
            return Ok((Arc::clone(known), Arc::clone(screener)));
        }
        let ready = (Arc::new(versions), Arc::new(self.source.screener()?));
        *kept = Some((Arc::clone(&ready.0), Arc::clone(&ready.1)));
        Ok(ready)
    }
}

/// The screener over the lists in force.
pub(crate) async fn screener(state: &State) -> Result<Ready, Problem> {
    let state = Arc::clone(state);
    tokio::task::spawn_blocking(move || state.screener()).await.map_err(|_| Problem::internal())?.map_err(Problem::from)
}

/// Does blocking work off the threads that answer requests.
pub(crate) async fn blocking<T: Send + 'static>(
    state: &State,
    work: impl FnOnce(&dyn Source) -> Result<T, SourceError> + Send + 'static,
) -> Result<T, Problem> {
    let state = Arc::clone(state);
    tokio::task::spawn_blocking(move || work(state.source.as_ref())).await.map_err(|_| Problem::internal())?.map_err(Problem::from)
}

/// The latest run.
pub(crate) async fn latest(state: &State) -> Result<Arc<Kept>, Problem> {
    let state = Arc::clone(state);
    tokio::task::spawn_blocking(move || state.latest()).await.map_err(|_| Problem::internal())?.map_err(Problem::from)
}
