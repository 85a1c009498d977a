//! The naive program for Fastly Compute.

#[cfg(target_arch = "wasm32")]
mod compute {
    use std::io::{Read, Write};

    use fastly::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
    use fastly::{ConfigStore, Error, Request};

    pub(crate) fn run() -> Result<(), Error> {
        let mut response = Request::from_client().send("origin")?;
        let content_type = response.get_header_str(CONTENT_TYPE).unwrap_or_default();
        if !naive::rewrites(content_type) {
            response.send_to_client();
            return Ok(());
        }
        let config = ConfigStore::open("bench");
        let (from, to) = (config.get("origin"), config.get("public"));
        let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
        let mut body = response.take_body();
        response.remove_header(CONTENT_LENGTH);
        let mut client = response.stream_to_client();
        let mut written = Ok(());
        let mut rewriter = naive::rewriter(&from, &to, |bytes: &[u8]| {
            if written.is_ok() {
                written = client.write_all(bytes);
            }
        });
        let mut buffer = vec![0; naive::READ];
        loop {
            let read = body.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            rewriter.write(&buffer[..read])?;
        }
        rewriter.end()?;
        written?;
        client.finish()?;
        Ok(())
    }
}

#[cfg(target_arch = "wasm32")]
fn main() -> Result<(), fastly::Error> {
    compute::run()
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this program runs on Fastly Compute");
}
