//! An engine on a thread of its own, so that reading and writing go on while it works.

use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;

use crate::FeatureError;
use crate::engine::Engine;
use crate::table::Table;
use crate::transfer::Transfer;

/// Batches that wait for the engine, and tables that wait to be taken. More would not make it faster.
const WAITING: usize = 2;

/// Takes transfers in batches and gives their tables, one for each batch, in order, some batches later.
#[derive(Debug)]
pub struct Worker {
    batches: Option<SyncSender<Vec<Transfer>>>,
    tables: Receiver<Result<Table, FeatureError>>,
    engine: JoinHandle<Engine>,
    under_way: usize,
}

impl Worker {
    /// Starts the thread.
    #[must_use]
    pub fn new(mut engine: Engine) -> Self {
        let (batches, taken) = sync_channel::<Vec<Transfer>>(WAITING);
        let (done, tables) = sync_channel(WAITING);
        let engine = std::thread::spawn(move || {
            for batch in taken {
                let table = engine.push(&batch);
                let failed = table.is_err();
                if done.send(table).is_err() || failed {
                    break;
                }
            }
            engine
        });
        Self { batches: Some(batches), tables, engine, under_way: 0 }
    }

    /// Hands a batch over and gives the tables that are done, at least one when more batches would be under way than may.
    ///
    /// # Errors
    /// As [`Engine::push`], of this batch or one before; nothing can be pushed after it.
    pub fn push(&mut self, batch: Vec<Transfer>) -> Result<Vec<Table>, FeatureError> {
        let mut done = Vec::new();
        if self.under_way >= WAITING {
            done.extend(self.wait()?);
        }
        if self.batches.as_ref().is_some_and(|batches| batches.send(batch).is_ok()) {
            self.under_way += 1;
        }
        loop {
            match self.tables.try_recv() {
                Ok(table) => {
                    self.under_way -= 1;
                    done.push(table?);
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return Ok(done),
            }
        }
    }

    /// No more batches come: waits for the next table; none when all were given.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn wait(&mut self) -> Result<Option<Table>, FeatureError> {
        if self.under_way == 0 {
            return Ok(None);
        }
        self.under_way -= 1;
        self.tables.recv().map_or(Ok(None), |table| table.map(Some))
    }

    /// Stops the thread and gives the engine back; none when the thread failed.
    #[must_use]
    pub fn finish(mut self) -> Option<Engine> {
        drop(self.batches.take());
        // Who waits to hand on a table nobody takes must not wait for ever.
        drop(self.tables);
        self.engine.join().ok()
    }
}
