//! A headless Chromium, and as much of its DevTools protocol as the tests need.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A file that the machine may lack. `None` after saying so; a panic where `CI` is set.
fn wanted(what: &str, found: Option<PathBuf>, remedy: &str) -> Option<PathBuf> {
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "no {what} ({remedy})");
        // Standard error itself: the output of a passing test is captured, and this has to be seen.
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "skipped: no {what} ({remedy})");
    }
    found
}

/// The browser program, if there is one.
pub fn program() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let search = || {
        let folders: Vec<PathBuf> =
            std::env::var_os("PATH").map_or_else(Vec::new, |p| std::env::split_paths(&p).collect());
        let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
        names.iter().flat_map(|n| folders.iter().map(move |f| f.join(n))).find(|p| p.is_file())
    };
    wanted("browser", named.or_else(search), "install chromium, or name it in CHROMIUM")
}

/// The text of axe-core, if it is there.
pub fn axe() -> Option<String> {
    let named = std::env::var_os("AXE").map(PathBuf::from).filter(|p| p.is_file());
    let path = wanted("axe-core", named, "npm pack axe-core, unpack it, and name its axe.min.js in AXE")?;
    Some(std::fs::read_to_string(path).expect("the file that AXE names can be read"))
}

/// A browser with one page. It ends with the value.
pub struct Chromium {
    child: Child,
    socket: WebSocket<TcpStream>,
    session: String,
    next: u64,
    events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Chromium {
    /// Starts a browser with an empty page of `width` × 900 pixels.
    pub fn start(program: &Path, width: u32) -> Chromium {
        let profile = tempfile::tempdir().expect("a temporary directory");
        let mut child = Command::new(program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
            .args(["--remote-debugging-port=0", "--disable-dev-shm-usage"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the browser starts");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("DevTools listening on ").map(str::to_owned))
            .expect("the browser names its address");
        // Read on, or a browser that complains a lot would wait for a reader.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let host = address.trim_start_matches("ws://").split('/').next().expect("a host").to_owned();
        let stream = TcpStream::connect(&host).expect("the browser listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        let (socket, _) = tungstenite::client(address.as_str(), stream).expect("the browser shakes hands");
        let mut browser =
            Chromium { child, socket, session: String::new(), next: 0, events: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached =
            browser.call("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        browser.session = attached["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        let cut = json!({ "offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0 });
        browser.call("Network.emulateNetworkConditions", cut);
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        browser.call("Emulation.setDeviceMetricsOverride", size);
        browser
    }

    /// Calls a method of the protocol and returns its result.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.next += 1;
        let id = self.next;
        let mut request = json!({ "id": id, "method": method, "params": parameters });
        if !self.session.is_empty() {
            request["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(request.to_string())).expect("the browser reads");
        loop {
            let answer = self.receive();
            if answer["id"] == id {
                assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    fn receive(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.socket.read().expect("the browser answers") {
                return serde_json::from_str(&text).expect("the browser speaks JSON");
            }
        }
    }

    /// Opens a file and waits until it is loaded. Seconds that it took.
    pub fn open(&mut self, page: &Path) -> f64 {
        let begin = Instant::now();
        let place = self.events.len();
        self.call("Page.navigate", json!({ "url": format!("file://{}", page.display()) }));
        while !self.events[place..].iter().any(|e| e["method"] == "Page.loadEventFired") {
            let event = self.receive();
            self.events.push(event);
        }
        begin.elapsed().as_secs_f64()
    }

    /// Value of an expression in the page; promises are waited for.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let options = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", options);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Seconds that the page's main thread was busy, in the time domain that `Performance.enable` chose.
    pub fn busy(&mut self) -> f64 {
        let metrics = self.call("Performance.getMetrics", json!({}));
        let found =
            metrics["metrics"].as_array().and_then(|all| all.iter().find(|m| m["name"] == "TaskDuration").cloned());
        found.and_then(|m| m["value"].as_f64()).expect("the browser counts its time")
    }

    /// Moves the pointer to a place in the window.
    pub fn point_at(&mut self, x: f64, y: f64) {
        self.call("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": x, "y": y }));
    }

    /// Presses and releases a key.
    pub fn press(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            self.call("Input.dispatchKeyEvent", json!({ "type": kind, "key": key, "code": key }));
        }
    }

    /// Addresses that the page asked for, the page itself left out.
    pub fn requests(&self) -> Vec<String> {
        let asked = self.events.iter().filter(|e| e["method"] == "Network.requestWillBeSent");
        asked
            .filter(|e| e["params"]["type"] != "Document")
            .filter_map(|e| e["params"]["request"]["url"].as_str())
            .filter(|url| !url.starts_with("data:") && !url.starts_with("blob:"))
            .map(str::to_owned)
            .collect()
    }

    /// Errors and warnings that the page left in the console, exceptions among them.
    pub fn complaints(&self) -> Vec<String> {
        let is_bad = |e: &&Value| match e["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => {
                ["error", "warning", "assert"].iter().any(|k| e["params"]["type"] == *k)
            }
            Some("Log.entryAdded") => ["error", "warning"].iter().any(|k| e["params"]["entry"]["level"] == *k),
            _ => false,
        };
        self.events.iter().filter(is_bad).map(|e| e["params"].to_string()).collect()
    }
}
