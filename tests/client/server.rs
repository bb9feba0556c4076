//! A plain HTTP service on loopback. Each connection has a thread of its own: a request that is made to wait holds
//! up no other, however many come at once.

use std::io::{BufRead as _, BufReader, Error, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// A request, as far as it matters here.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: String,
}

/// What is answered: the content's type, and the content. Where that is empty, there is nothing at the path.
pub(crate) type Answer<Content = String> = (&'static str, Content);

/// The service. It takes no more connections when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts on a free port.
    pub(crate) fn start<Content: AsRef<[u8]>>(
        answers: impl Fn(&Asked) -> Answer<Content> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let address = listener.local_addr().expect("its address");
        let stopped = Arc::new(AtomicBool::new(false));
        let (stop, answers) = (Arc::clone(&stopped), Arc::new(answers));
        let thread = thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let answers = Arc::clone(&answers);
                thread::spawn(move || serve(&connection, &*answers));
            }
        });
        Self {
            address,
            stopped,
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

/// One request and its answer. A client that goes away in the midst of it is none of our business.
fn serve<Content: AsRef<[u8]>>(
    mut connection: &TcpStream,
    answers: &dyn Fn(&Asked) -> Answer<Content>,
) {
    let Ok(asked) = read(connection) else { return };
    let (kind, content) = answers(&asked);
    let content = content.as_ref();
    let (length, status) = match content.len() {
        0 => (0, "404 Not Found"),
        length => (length, "200 OK"),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    let content = if asked.method == "HEAD" { &[] } else { content };
    let _ = connection.write_all(&[head.as_bytes(), content].concat());
}

fn read(connection: &TcpStream) -> Result<Asked, Error> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut first = line.split(' ').map(str::to_owned);
    let (method, path) = (
        first.next().unwrap_or_default(),
        first.next().unwrap_or_default(),
    );
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        match header.trim_end().split_once(": ") {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap_or_default();
            }
            Some(_) => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Asked {
        method,
        path,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
