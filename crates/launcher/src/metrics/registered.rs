//! Registers a figure.

use prometheus::Registry;
use prometheus::core::Collector;

/// The same, known to the registry.
pub(super) fn registered<C: Collector + Clone + 'static>(
    registry: &Registry,
    collector: C,
) -> prometheus::Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}
