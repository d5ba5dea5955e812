//! Where a store may be made to fail, so that tests see what a failure leaves behind.

use crate::CasesError;

/// Asked before and after every step that makes something permanent. The default never fails.
pub trait Faults: Send + Sync {
    /// Fails before `step` took place.
    ///
    /// # Errors
    /// What the step is to fail with.
    fn before(&self, step: &'static str) -> Result<(), CasesError> {
        let _ = step;
        Ok(())
    }

    /// Fails after `step` took place: it happened, and who asked for it is told that it failed.
    ///
    /// # Errors
    /// What the step is to fail with.
    fn after(&self, step: &'static str) -> Result<(), CasesError> {
        let _ = step;
        Ok(())
    }
}

/// No faults: what every program uses.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaults;

impl Faults for NoFaults {}
