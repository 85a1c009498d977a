//! One fetch at a time for a key: who comes later waits for whoever fetches.

use std::sync::Arc;

use futures::FutureExt;
use streamgate::Claim;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::memory::{Memory, locked};

/// Lets one exchange fetch what a key stands for, and others wait until it is through, but for no
/// longer than the configuration says.
pub(crate) fn claim(memory: &Arc<Memory>, key: &str) -> Claim {
    let mut leads = locked(&memory.leads);
    if let Some(lead) = leads.get(key) {
        let mut lead = lead.clone();
        let limit = memory.collapse;
        let over = async move {
            // An error says that whoever fetched is through, which is what is waited for.
            let _ = timeout(limit, lead.changed()).await;
        };
        return Claim::Follows(over.boxed());
    }
    let (through, lead) = watch::channel(());
    leads.insert(key.to_owned(), lead);
    Claim::Leads(Box::new(Lead {
        memory: memory.clone(),
        key: key.to_owned(),
        _through: through,
    }))
}

/// Whoever fetches. The others go on once it is dropped.
struct Lead {
    memory: Arc<Memory>,
    key: String,
    _through: watch::Sender<()>,
}

impl Drop for Lead {
    fn drop(&mut self) {
        locked(&self.memory.leads).remove(&self.key);
    }
}
