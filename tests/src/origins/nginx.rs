//! Debian's nginx as an origin over HTTP/2.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::{Places, clients};
use crate::blocks::Blocks;
use crate::client::{Connection, Request};
use crate::driver::{Process, free_port};
use crate::failure::{Failure, Verdict, ensure, same_bytes};

/// Clients that ask at the same time.
const CLIENTS: usize = 64;
/// nginx ends a connection after so many requests; 1000 by default.
const REQUESTS_OF_A_CONNECTION: usize = 100;
/// The length of the image and of the upload, in bytes, or a few more.
const LENGTH: usize = 5_000_000;
/// How long one exchange may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts nginx and the gate before it, and checks what comes through.
pub(super) fn check(places: &Places, requests: usize) -> Verdict<Vec<(&'static str, Verdict)>> {
    let folder = places.folder("nginx")?;
    let (certificate, key) = certify(&folder)?;
    let address = free_port()?;
    let sink = free_port()?;
    let url = format!("https://{address}");
    let site = folder.join("site");
    let bodies = folder.join("bodies");
    for folder in [&site, &bodies] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
    }
    let image = bytes(&Blocks::noise(LENGTH));
    let page = format!("<!doctype html><title>n</title><a href=\"{url}/next\">next</a>");
    fs::write(site.join("image.png"), &image)?;
    fs::write(site.join("page.html"), page)?;

    let text = format!(
        // A worker of another user might not read this folder.
        "user root; daemon off; worker_processes 1; pid {here}/pid; error_log {here}/error.log;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n\
           access_log off; client_max_body_size 0; client_body_temp_path {here}/bodies;\n\
           proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fastcgi;\n\
           uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;\n\
           types {{ text/html html; image/png png; }}\n\
           server {{ listen {sink}; location / {{ return 200 taken; }} }}\n\
           server {{\n\
             listen {address} ssl http2; keepalive_requests {REQUESTS_OF_A_CONNECTION};\n\
             ssl_certificate {certificate}; ssl_certificate_key {key};\n\
             location / {{ root {here}/site; }}\n\
             location = /upload {{ client_body_in_file_only on; proxy_pass http://{sink}; }}\n\
           }}\n\
         }}\n",
        here = folder.display(),
        certificate = certificate.display(),
        key = key.display(),
    );
    fs::write(folder.join("nginx.conf"), text)?;
    let mut nginx = Command::new("nginx");
    nginx.arg("-c").arg(folder.join("nginx.conf"));
    // The path of a log that it writes before it reads its configuration.
    nginx.arg("-e").arg(folder.join("error.log"));
    let nginx = Process::spawn(nginx, &folder)?;
    // Otherwise the gate would find nobody there, and remember that for a while.
    wait_for(&nginx, address)?;
    let gate = places.gate(&folder, &url, Some(certificate))?;

    let get = |path: &str| {
        let connection = Connection::open(gate.address, Instant::now() + PATIENCE, None)?;
        let request = Request::new("GET", path).with("Host", "www.example.com");
        Ok::<_, Failure>(connection.exchange(&request)?.0)
    };
    let page = || {
        let response = get("/page.html")?;
        ensure!(response.status == 200, "the status is {}", response.status);
        let expected = "<!doctype html><title>n</title>\
                        <a href=\"http://www.example.com/next\">next</a>";
        same_bytes("the page", expected.as_bytes(), &response.body)
    };
    let picture = || same_bytes("the image", &image, &get("/image.png")?.body);
    let upload = || {
        let body = Blocks::noise(LENGTH);
        let connection = Connection::open(gate.address, Instant::now() + PATIENCE, None)?;
        let request = Request::new("POST", "/upload").length_body(body.clone());
        let status = connection.exchange(&request)?.0.status;
        ensure!(status == 200, "the status is {status}");
        let saved = fs::read_dir(&bodies)?.next();
        let saved = saved.ok_or_else(|| Failure("nginx saved no body".to_owned()))??;
        same_bytes("the upload", &bytes(&body), &fs::read(saved.path())?)
    };
    let many = || {
        let request = Request::new("GET", "/page.html").without("Connection");
        let each = requests.div_ceil(CLIENTS);
        let counts = clients::ask(gate.address, (CLIENTS, each), &request, |_, _| {
            Duration::ZERO
        });
        println!("nginx: {counts:?} by {CLIENTS} clients");
        let expected = [("200".to_owned(), each * CLIENTS)].into();
        ensure!(counts == expected, "expected {expected:?}, got {counts:?}");
        Ok(())
    };
    Ok(vec![
        ("a page of nginx over HTTP/2 is mapped", page()),
        ("an image of nginx over HTTP/2 arrives whole", picture()),
        ("an upload to nginx over HTTP/2 arrives whole", upload()),
        ("no request is lost when nginx ends connections", many()),
    ])
}

/// Waits until nginx accepts connections.
fn wait_for(nginx: &Process, address: SocketAddr) -> Verdict {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_err() {
        ensure!(
            Instant::now() < deadline,
            "nginx does not listen: {}",
            nginx.log_end()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Makes a certificate for the loopback address. Returns its file and that of its key.
fn certify(folder: &Path) -> Verdict<(PathBuf, PathBuf)> {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()])?;
    let files = (folder.join("certificate.pem"), folder.join("key.pem"));
    fs::write(&files.0, made.cert.pem())?;
    fs::write(&files.1, made.signing_key.serialize_pem())?;
    Ok(files)
}

fn bytes(blocks: &Blocks) -> Vec<u8> {
    blocks.pieces().flatten().copied().collect()
}
