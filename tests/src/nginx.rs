//! Running Debian's nginx in front of a launcher.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use reqwest::{Client, Method, RequestBuilder};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::launcher::free_address;
use crate::until_asked;

/// A running nginx; it is killed when this is dropped.
pub struct Nginx {
    _child: Child,
    _folder: TempDir,
    origin: String,
    http: Client,
}

/// What a configuration names outside of itself.
pub struct Surroundings<'a> {
    /// Where it is to listen.
    pub address: SocketAddr,
    /// A certificate for the name of its server.
    pub certificate: &'a Path,
    /// Its key.
    pub key: &'a Path,
}

impl Nginx {
    /// Starts it with one server, which has this name, and waits until it listens.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start(
        scheme: &str,
        name: &str,
        server: impl FnOnce(&Surroundings<'_>) -> String,
    ) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let path = |file: &str| folder.path().join(file);
        let (certificate, key) = (path("certificate.pem"), path("key.pem"));
        certify(name, &certificate, &key).await;
        let address = free_address();
        let server = server(&Surroundings {
            address,
            certificate: &certificate,
            key: &key,
        });
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary = temporary
            .map(|kind| format!("{kind}_temp_path {kind};\n"))
            .concat();
        // One process, so that none outlives the test.
        let whole = format!(
            "daemon off;\nmaster_process off;\npid pid;\nerror_log stderr;\nevents {{}}\n\
             http {{\naccess_log off;\n{temporary}{server}\n}}\n"
        );
        std::fs::write(path("nginx.conf"), whole).expect("it can be written");
        let child = Command::new(program())
            .arg("-p")
            .arg(folder.path())
            .args(["-c", "nginx.conf", "-e", "stderr"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("scripts/setup installs nginx");
        until_asked("nginx listens", async || {
            TcpStream::connect(address).await.is_ok()
        })
        .await;
        let http = Client::builder()
            .no_proxy()
            .danger_accept_invalid_certs(true)
            .resolve(name, address)
            .build();
        Self {
            _child: child,
            _folder: folder,
            origin: format!("{scheme}://{name}:{}", address.port()),
            http: http.expect("a client can be made"),
        }
    }

    /// Its address, as a browser names the origin of a page that came through it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Begins a request.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.origin))
    }
}

/// It is not on the path of users who are not root.
fn program() -> PathBuf {
    let of_root = PathBuf::from("/usr/sbin/nginx");
    if of_root.exists() {
        of_root
    } else {
        PathBuf::from("nginx")
    }
}

/// A certificate that this name has given itself.
async fn certify(name: &str, certificate: &Path, key: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-nodes", "-days", "2", "-subj"])
        .arg(format!("/CN={name}"))
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .arg("-out")
        .arg(certificate)
        .arg("-keyout")
        .arg(key)
        .output()
        .await
        .expect("openssl comes with the certificates of authorities");
    assert!(made.status.success(), "{made:?}");
}
