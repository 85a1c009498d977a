//! The client's body on its way to the origin as it is.

use std::cell::Cell;
use std::rc::Rc;

use streamgate::FetchError;

use crate::body::RequestBody;
use crate::sink::Sink;
use crate::upload::{move_all, of_client};

/// Moves the client's body to the origin within the limits of the configuration: the component
/// reads it, so that it can time and count it. Once `answered` is set it may pause for longer.
///
/// # Errors
/// Returns why it broke off. The origin's copy is then unfinished.
pub(crate) async fn pass(
    body: RequestBody,
    sink: Sink,
    answered: Rc<Cell<bool>>,
) -> Result<(), FetchError> {
    move_all(of_client(body, answered), sink).await
}
