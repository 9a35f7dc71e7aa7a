//! The report pages over real sockets, as a browser asks for them.

use std::time::Duration;

use loa::attention::{Kind, Level, Preset};
use loa::auth::Tokens;
use loa::store::writer::{Closing, Opening, Sink as _, What, Write};
use loa::store::{
    AttentionEvent, Caller, Choice, EndReason, LearnerId, Lecture, MinuteTotals, NewAnswer, NewGuest, NewNote, NewQuiz,
    NewSet, NoteSource, ProfileChange, SessionId, Source, Store, UtcMs,
};
use tempfile::TempDir;

use crate::support::{TestServer, config, http};

const EVIL: &str = r#"<script>alert("1")</script>'&"#;
const ESCAPED: &str = "&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;";

/// A server, and its database past it.
struct House {
    server: TestServer,
    store: Store,
    tokens: Tokens,
    _folder: TempDir,
}

/// A learner with a browser.
struct Browser<'a> {
    house: &'a House,
    caller: Caller,
    cookie: String,
    language: &'static str,
}

impl House {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = |key: &str, name: &str| format!("{key}={}", folder.path().join(name).display());
        let (database, key) = (file("database.path", "loa.sqlite3"), file("auth.key_file", "loa.key"));
        let config = config(&[&database, &key, "inference.workers=1"]);
        let (settings, auth) = (config.database.clone(), config.auth.clone());
        let server = TestServer::with(config).await;
        let store = Store::open(&settings).await.expect("it opens");
        Self { server, store, tokens: Tokens::open(&auth, UtcMs::now()).expect("the same key"), _folder: folder }
    }

    async fn learner(&self, name: Option<&str>) -> Browser<'_> {
        let caller = Caller::authenticated(LearnerId::new_id());
        self.store.add_guest(caller, NewGuest { name, ..NewGuest::default() }, UtcMs::now()).await.expect("stored");
        let cookie = format!("loa_device={}", self.tokens.refresh(caller.learner(), UtcMs::now()));
        Browser { house: self, caller, cookie, language: "en" }
    }

    /// The answer to a request with these further headers.
    async fn ask(&self, request: &str, headers: &[(&str, &str)], body: &str) -> String {
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let head = format!("{request} HTTP/1.1\r\nHost: loa.test\r\nConnection: close\r\nContent-Length: {length}\r\n");
        http(self.server.address, &format!("{head}{lines}\r\n{body}")).await
    }
}

impl Browser<'_> {
    async fn get(&self, path: &str) -> String {
        let headers = [("Cookie", self.cookie.as_str()), ("Accept-Language", self.language)];
        self.house.ask(&format!("GET {path}"), &headers, "").await
    }

    async fn post(&self, path: &str, origin: &str, body: &str) -> String {
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let headers = [("Cookie", self.cookie.as_str()), ("Origin", origin), form];
        self.house.ask(&format!("POST {path}"), &headers, body).await
    }

    async fn write(&self, session: SessionId, all: impl IntoIterator<Item = What>) {
        let batch: Vec<Write> = all.into_iter().map(|what| Write { caller: self.caller, session, what }).collect();
        self.house.store.write(&batch).await.expect("written");
    }

    /// A session of ten minutes with an alarm in the second.
    async fn watch(&self, lecture: Option<Lecture>, started: UtcMs) -> SessionId {
        let session = SessionId::new_id();
        let event = AttentionEvent {
            number: 1,
            kind: Kind::EyesClosed,
            started: started.plus_ms(70_000),
            ended: Some(started.plus_ms(90_000)),
            peak: Level::Alarm,
            lecture_seconds: Some(70.0),
        };
        let minute = |minute: u32| MinuteTotals {
            minute,
            attentive_ms: if minute == 1 { 40_000 } else { 60_000 },
            eyes_closed_ms: if minute == 1 { 20_000 } else { 0 },
            frames: 60,
            lecture_seconds: Some(f64::from(minute) * 60.0),
            ..Default::default()
        };
        let opened = What::Opened(Opening { lecture, started, preset: Preset::Default });
        let minutes = (0..10).map(|number| What::Minute(minute(number)));
        self.write(session, [opened, What::Event(event)].into_iter().chain(minutes)).await;
        session
    }

    async fn end(&self, session: SessionId, ended: UtcMs, reason: EndReason) {
        self.write(session, [What::Closed(Closing { ended, reason, lecture_seconds: Some(600.0) })]).await;
    }
}

fn lecture(url: &str, title: &str) -> Lecture {
    Lecture::new(url, Some("Haskell"), Some(title)).expect("an address").lasting(Some(600.0))
}

fn ago(minutes: u64) -> UtcMs {
    UtcMs::now().before(Duration::from_mins(minutes))
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_tells_what_happened_in_both_languages() {
    let house = House::open().await;
    let mut browser = house.learner(Some("Jiwoo")).await;
    let started = ago(60);
    let session = browser.watch(Some(lecture("https://www.youtube.com/watch?v=abc", "Monads")), started).await;
    browser.end(session, started.plus_ms(600_000), EndReason::Restart).await;
    let path = format!("/sessions/{}", session.0);
    let page = browser.get(&path).await;
    assert_eq!(status(&page), "200", "{page}");
    for expected in [
        "<html lang=\"en\">",
        "<h1>Monads</h1>",
        "Ended because the server was stopped",
        "9 min 40 s",
        "97% of 10 min",
        "it went on to an alarm",
        "https://www.youtube.com/watch?v=abc&#38;t=65s",
        "▶ Watch from 1:05",
        "Eyes closed",
        "role=\"img\"",
        "<title id=\"timeline-wide-title\">Attention over time</title>",
        "url(#texture-drowsy)",
    ] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    assert!(!page.contains("#A0C3"), "a colour that follows no page: {page}");
    for inline in ["<script", " style=", "<style", " onclick"] {
        assert!(!page.contains(inline), "{inline}");
    }
    let policy = "content-security-policy: default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'";
    assert!(page.contains(policy) && page.contains("cache-control: private, no-store"), "{page}");
    browser.language = "ko-KR,ko;q=0.9,en;q=0.8";
    let page = browser.get(&path).await;
    for expected in
        ["<html lang=\"ko\">", "서버가 중지되어 종료됨", "9분 40초", "10분 중 97%", "1:05부터 다시 보기", "눈 감음"]
    {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    let list = browser.get("/sessions").await;
    assert!(list.contains("Monads") && list.contains("알림 1회") && list.contains("최근 7일"), "{list}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_typed_is_text_and_nothing_else() {
    let house = House::open().await;
    let browser = house.learner(Some(EVIL)).await;
    let lecture = Lecture::new("https://example.com/1", Some(EVIL), Some(EVIL)).expect("an address");
    let session = browser.watch(Some(lecture.clone()), ago(30)).await;
    let evil = || Some(EVIL.to_owned());
    let choices = [true, false].map(|correct| Choice { words: format!("{EVIL}{correct}"), correct, reason: evil() });
    let quiz = NewQuiz {
        at_s: 1.0,
        question: EVIL.to_owned(),
        explanation: evil(),
        choices: choices.to_vec(),
        quote: evil(),
        context: evil(),
        cue_start_s: Some(65.0),
        cue_end_s: Some(66.0),
    };
    let set = NewSet {
        made_by: None,
        source: Source::Llm,
        maker: EVIL.to_owned(),
        recipe: None,
        hash: None,
        language: evil(),
        title: evil(),
    };
    let set = house.store.begin_set(&lecture, &set, ago(30)).await.expect("begun");
    let ids = house.store.add_quizzes(set, &[quiz]).await.expect("kept");
    let (asked, answered) = (ago(21), ago(20));
    let answer = NewAnswer { quiz: ids[0], choice: Some(2), correct: false, asked, answered, took_ms: 12_345 };
    browser.write(session, [What::Answer(answer)]).await;
    let words = EVIL.to_owned();
    let (keyword, source) = (evil(), NoteSource::Llm);
    let note = NewNote { quiz: ids[0], lecture_seconds: Some(3.0), keyword, words, source, created: ago(20) };
    house.store.add_notes(browser.caller, session, &[note]).await.expect("kept");
    let report = browser.get(&format!("/sessions/{}", session.0)).await;
    assert!(report.matches(ESCAPED).count() >= 9, "{report}");
    assert!(report.contains("#t=65\"") && report.contains("after 12 s"), "{report}");
    assert!(report.contains("your answer") && report.contains("✓ right answer"), "{report}");
    let search = "/sessions?search=%3Cscript%3Ealert(%221%22)%3C/script%3E'%26";
    let token = house.tokens.entry(browser.caller.learner(), Duration::from_mins(1), UtcMs::now());
    for page in [
        report,
        browser.get(search).await,
        browser.get("/me").await,
        browser.get(&format!("/enter?token={token}")).await,
    ] {
        assert!(status(&page) == "200" && page.contains(ESCAPED) && !page.contains("<script"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_runs_is_never_a_link() {
    let house = House::open().await;
    let browser = house.learner(None).await;
    let session = browser.watch(Some(lecture("https://example.com/evil", "Evil")), ago(30)).await;
    // Past the store's own check, as a former version or another program may have left it.
    let path = house.store.place().to_owned();
    let raw = sea_orm::Database::connect(format!("sqlite://{path}?mode=rw")).await.expect("it opens");
    let sql = "UPDATE lectures SET url = 'javascript:alert(1)'";
    sea_orm::ConnectionTrait::execute_unprepared(&raw, sql).await.expect("changed");
    let page = browser.get(&format!("/sessions/{}", session.0)).await;
    assert!(page.contains("Evil") && page.contains("Watch from 1:05"), "{page}");
    assert!(!page.contains("javascript:"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_another_s_pages() {
    let house = House::open().await;
    let (mine, theirs) = (house.learner(Some("Jiwoo")).await, house.learner(None).await);
    let session = mine.watch(Some(lecture("https://example.com/1", "Monads")), ago(30)).await;
    let missing = SessionId::new_id().0.to_string();
    let odd = ["1%20OR%201=1", "..%2Fme", "%ff", "%00"].map(str::to_owned);
    for id in [session.0.to_string(), missing].into_iter().chain(odd) {
        let page = theirs.get(&format!("/sessions/{id}")).await;
        assert!(status(&page) == "404" && page.contains("There is no such page") && !page.contains("Monads"), "{page}");
    }
    assert!(theirs.get("/sessions?search=Monads").await.contains("No session matches"));
    let erased = house.learner(None).await;
    house.store.erase(erased.caller).await.expect("erased");
    let access = house.tokens.access(mine.caller.learner(), None, UtcMs::now());
    let old = house.tokens.refresh(mine.caller.learner(), UtcMs(0));
    let bad =
        ["".to_owned(), "loa_device=x.y.z".to_owned(), format!("loa_device={access}"), format!("loa_device={old}")];
    for cookie in bad.iter().chain([&erased.cookie]) {
        for path in ["/sessions", &format!("/sessions/{}", session.0), "/me"] {
            let page = house.ask(&format!("GET {path}"), &[("Cookie", cookie)], "").await;
            assert!(status(&page) == "401" && page.contains("does not know this browser"), "{cookie} {page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_is_searched_and_paged() {
    let house = House::open().await;
    let browser = house.learner(None).await;
    let change = ProfileChange { timezone: Some(Some("Asia/Seoul".to_owned())), ..ProfileChange::default() };
    house.store.change_profile(browser.caller, change).await.expect("set");
    assert!(browser.get("/sessions").await.contains("Nothing here yet"));
    for number in 0..45 {
        let title = if number % 15 == 0 { format!("Functors {number}") } else { format!("100% Monads {number}") };
        browser.watch(Some(lecture(&format!("https://example.com/{number}"), &title)), ago(60 * (number + 1))).await;
    }
    // 23:30 of 2 June 2026 in Seoul.
    let late = UtcMs(1_780_410_600_000);
    browser.watch(Some(lecture("https://example.com/late", "Late")), late).await;
    let first = browser.get("/sessions").await;
    assert!(first.contains("Page 1 of 3") && first.contains("href=\"/sessions?page=2\"") && !first.contains("Newer"));
    let found = browser.get("/sessions?search=FUNCTORS").await;
    assert!(found.contains("3 sessions found") && !found.contains("100% Monads"), "{found}");
    let next = browser.get("/sessions?search=100%25&page=2").await;
    assert!(next.contains("Page 2 of 3") && next.contains("/sessions?search=100%25&#38;page=3"), "{next}");
    for (query, seen) in [
        ("from=2026-06-02&until=2026-06-02", true),
        ("from=2026-06-03&until=2026-06-03", false),
        ("until=2026-06-01", false),
        ("until=nonsense&from=9999-99-99&page=0", false),
        ("until=nonsense&from=9999-99-99&page=3", true),
    ] {
        let page = browser.get(&format!("/sessions?{query}")).await;
        assert!(status(&page) == "200" && page.contains(">Late<") == seen, "{query} {page}");
    }
    for beyond in ["4", "18446744073709551615"] {
        let page = browser.get(&format!("/sessions?page={beyond}")).await;
        assert!(page.contains("the list ends before it") && page.contains("/sessions?page=3"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_runs_and_an_empty_one_have_reports() {
    let house = House::open().await;
    let browser = house.learner(None).await;
    let running = browser.watch(None, ago(10)).await;
    let page = browser.get(&format!("/sessions/{}", running.0)).await;
    assert!(page.contains("Still running") && page.contains("Untitled lecture"), "{page}");
    let (fresh, started) = (SessionId::new_id(), ago(1));
    browser.write(fresh, [What::Opened(Opening { lecture: None, started, preset: Preset::Default })]).await;
    let page = browser.get(&format!("/sessions/{}", fresh.0)).await;
    assert!(page.contains("Nothing is recorded yet") && !page.contains("0%") && !page.contains("0 s"), "{page}");
    assert!(browser.get("/sessions").await.contains("<b>–</b> attentive"));
    let (empty, started) = (SessionId::new_id(), ago(20));
    browser.write(empty, [What::Opened(Opening { lecture: None, started, preset: Preset::Default })]).await;
    browser.end(empty, started, EndReason::Crash).await;
    let page = browser.get(&format!("/sessions/{}", empty.0)).await;
    for expected in [
        "The server stopped unexpectedly",
        "No minute of this session was recorded",
        "there was no warning",
        "Nothing happened",
    ] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    for nothing in ["id=\"quizzes\"", "id=\"notes\""] {
        assert!(!page.contains(nothing), "{nothing} {page}");
    }
}

/// Three questions of the lecture, without quotes; the first option is right.
async fn questions(house: &House, lecture: &Lecture) -> Vec<loa::store::QuizId> {
    let choices = ["yes", "no"].map(|it| Choice { words: it.to_owned(), correct: it == "yes", reason: None });
    let quiz = |(n, question): (u32, &str)| NewQuiz {
        at_s: f64::from(n) * 10.0,
        question: question.to_owned(),
        explanation: None,
        choices: choices.to_vec(),
        quote: None,
        context: None,
        cue_start_s: None,
        cue_end_s: None,
    };
    let set = NewSet {
        made_by: None,
        source: Source::Llm,
        maker: "test".to_owned(),
        recipe: None,
        hash: None,
        language: None,
        title: None,
    };
    let set = house.store.begin_set(lecture, &set, ago(90)).await.expect("begun");
    let quizzes: Vec<NewQuiz> = (1..).zip(["Is it first?", "Is it second?", "Is it third?"]).map(quiz).collect();
    let ids = house.store.add_quizzes(set, &quizzes).await.expect("kept");
    house.store.finish_set(set, ago(90)).await.expect("finished");
    ids
}

fn answered(quiz: loa::store::QuizId, choice: Option<u32>) -> What {
    let (asked, answered) = (ago(21), ago(20));
    What::Answer(NewAnswer { quiz, choice, correct: choice == Some(1), asked, answered, took_ms: 4000 })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_camera_the_quizzes_are_the_report() {
    let house = House::open().await;
    let mut browser = house.learner(None).await;
    let lecture = lecture("https://example.com/1", "Monads");
    let ids = questions(&house, &lecture).await;
    let (session, started) = (SessionId::new_id(), ago(30));
    let dark = MinuteTotals { minute: 0, unknown_ms: 26_000, ..Default::default() };
    let opened = What::Opened(Opening { lecture: Some(lecture), started, preset: Preset::Default });
    browser.write(session, [opened, What::Minute(dark), answered(ids[0], Some(1)), answered(ids[1], None)]).await;
    let path = format!("/sessions/{}", session.0);
    let running = browser.get(&path).await;
    assert!(running.contains("Is it second?") && running.contains("1 of 2 right<"), "{running}");
    assert!(!running.contains("third") && !running.contains(" left<"), "nothing of what may be asked yet: {running}");
    browser.end(session, started.plus_ms(26_000), EndReason::End).await;
    let page = browser.get(&path).await;
    for expected in
        ["The camera was off.", "Questions right", ">1 of 2<", "1 skipped", "1 of 2 right · 1 left", ">Skipped<"]
    {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    for attention in [
        "third",
        "Net study time",
        "Longest stretch",
        "Timeline",
        "Unknown",
        "0%",
        "0 s",
        "no warning",
        "id=\"events\"",
    ] {
        assert!(!page.contains(attention), "{attention} {page}");
    }
    let list = browser.get("/sessions").await;
    assert!(list.contains("<b>1 of 2 right</b>") && list.contains("26 s"), "{list}");
    assert!(!list.contains("</b> attentive") && !list.contains("0%"), "{list}");
    browser.language = "ko";
    let page = browser.get(&path).await;
    for expected in
        ["카메라가 꺼져 있었습니다.", "맞힌 문제", "2개 중 1개", "2문제 중 1개 정답 · 남은 문제 1개", "건너뜀"]
    {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_camera_the_quizzes_are_one_number_more() {
    let house = House::open().await;
    let browser = house.learner(None).await;
    let lecture = lecture("https://example.com/1", "Monads");
    let ids = questions(&house, &lecture).await;
    let session = browser.watch(Some(lecture), ago(30)).await;
    browser.write(session, ids.iter().map(|id| answered(*id, Some(2)))).await;
    browser.end(session, ago(20), EndReason::End).await;
    let page = browser.get(&format!("/sessions/{}", session.0)).await;
    for expected in ["Net study time", "Questions right", ">0 of 3<", "0 of 3 right<", "Timeline", "id=\"events\""] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    assert!(!page.contains("camera was off") && !page.contains("skipped"), "{page}");
    let list = browser.get("/sessions").await;
    assert!(list.contains("</b> attentive") && list.contains("1 alert</span> · 0 of 3 right"), "{list}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleted_events_are_not_called_none() {
    let house = House::open().await;
    let mut browser = house.learner(None).await;
    let (day, mut pages) = (24 * 60, Vec::new());
    for days in [91, 89] {
        let started = ago(days * day);
        let session = browser.watch(None, started).await;
        browser.end(session, started.plus_ms(600_000), EndReason::End).await;
        pages.push(browser.get(&format!("/sessions/{}", session.0)).await);
        pages.push(browser.get("/sessions").await);
    }
    for old in &pages[..2] {
        assert!(old.contains("Single events were deleted after 90 days"), "{old}");
        for untrue in ["No alerts", "1 alert", "there was no warning", "Nothing happened", "Watch from"] {
            assert!(!old.contains(untrue), "{untrue} {old}");
        }
    }
    assert!(pages[0].contains("<b class=\"value\">–</b>"), "{}", pages[0]);
    assert!(pages[1].contains("– alerts deleted"), "{}", pages[1]);
    assert!(pages[2].contains("Single events are deleted after 90 days") && pages[2].contains("Watch from 1:05"));
    assert!(pages[3].contains("1 alert") && pages[3].contains("– alerts deleted"), "{}", pages[3]);
    browser.language = "ko";
    assert!(browser.get("/sessions").await.contains("90일이 지나 삭제되었습니다"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_are_taken_from_this_host_only() {
    let house = House::open().await;
    let browser = house.learner(Some("Jiwoo")).await;
    browser.watch(None, ago(10)).await;
    house.store.give_consent(browser.caller, loa::consent::VERSION, UtcMs::now()).await.expect("given");
    for origin in ["https://evil.example", "null", "http://loa.test:1"] {
        for (path, body) in [("/me/erase", "sure=yes"), ("/me/consent/withdraw", ""), ("/enter", "token=x")] {
            let page = browser.post(path, origin, body).await;
            assert!(status(&page) == "403" && page.contains("another site"), "{origin} {page}");
        }
    }
    let me = browser.get("/me").await;
    assert!(me.contains("Given on") && !me.contains("To agree"));
    let id = browser.caller.learner().0;
    assert!(
        me.contains(&format!("loa token learner {id}")) && me.contains(&format!("<code class=\"id\">{id}<")),
        "{me}"
    );
    let answer = browser.post("/me/consent/withdraw", "http://loa.test", "").await;
    assert!(status(&answer) == "303" && answer.contains("location: /me"), "{answer}");
    let me = browser.get("/me").await;
    assert!(me.contains("Withdrawn on") && me.contains("<a href=\"/\">To agree again"), "{me}");
    let unsure = browser.post("/me/erase", "http://loa.test", "").await;
    assert!(status(&unsure) == "400" && house.store.is_known(browser.caller).await.expect("asked"), "{unsure}");
    let huge = browser.post("/me/erase", "http://loa.test", &"x".repeat(20_000)).await;
    assert_eq!(status(&huge), "413", "{huge}");
    let erased = browser.post("/me/erase", "https://loa.test", "sure=yes").await;
    assert!(status(&erased) == "200" && erased.contains("1 session and all that belonged"), "{erased}");
    assert!(erased.contains("set-cookie: loa_device=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"), "{erased}");
    assert!(!house.store.is_known(browser.caller).await.expect("asked"));
    assert_eq!(status(&browser.get("/me").await), "401");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_link_makes_the_browser_the_learner_s() {
    let house = House::open().await;
    let browser = house.learner(Some("Jiwoo")).await;
    let learner = browser.caller.learner();
    let token = house.tokens.entry(learner, Duration::from_mins(1), UtcMs::now());
    let page = house.ask(&format!("GET /enter?token={token}"), &[], "").await;
    assert!(page.contains("the device of Jiwoo?") && !page.contains("set-cookie"), "{page}");
    let headers = [("Origin", "http://loa.test"), ("X-Forwarded-Proto", "https")];
    let entered = house.ask("POST /enter", &headers, &format!("token={token}")).await;
    assert!(status(&entered) == "303" && entered.contains("location: /sessions\r\n"), "{entered}");
    let session = uuid::Uuid::now_v7();
    for (next, led) in [
        (format!("/sessions/{session}"), true),
        ("/me".into(), true),
        ("https://evil.example".into(), false),
        ("//evil".into(), false),
    ] {
        let page = house.ask(&format!("GET /enter?token={token}&next={next}"), &[], "").await;
        assert_eq!(page.contains(&format!("name=\"next\" value=\"{next}\"")), led, "{page}");
        let entered = house.ask("POST /enter", &headers, &format!("token={token}&next={next}")).await;
        let location = if led { next.as_str() } else { "/sessions" };
        assert!(entered.contains(&format!("location: {location}\r\n")), "{entered}");
    }
    let cookie = entered.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    assert!(cookie.contains("; Secure") && cookie.contains("; HttpOnly"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap_or_default();
    assert_eq!(status(&house.ask("GET /sessions", &[("Cookie", cookie)], "").await), "200");
    let late = house.tokens.entry(learner, Duration::from_mins(1), ago(5));
    let refresh = house.tokens.refresh(learner, UtcMs::now());
    for bad in [late.as_str(), refresh.as_str(), "x", ""] {
        let page = house.ask(&format!("GET /enter?token={bad}"), &[], "").await;
        assert!(status(&page) == "400" && page.contains("does not work any more"), "{page}");
        let refused = house.ask("POST /enter", &[("Origin", "http://loa.test")], &format!("token={bad}")).await;
        assert!(status(&refused) == "400" && !refused.contains("set-cookie"), "{refused}");
    }
}

#[tokio::test]
async fn the_extension_is_told_of_sites_by_a_file_that_may_change() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("sites.json");
    let server = TestServer::start(&[&format!("server.adapters={}", file.display())]).await;
    let built_in = server.get("/adapters.json").await;
    assert!(status(&built_in) == "200" && built_in.contains("\"generic\""), "{built_in}");
    for (text, told) in
        [(r#"{"version":1,"sites":[]}"#.to_owned(), true), ("{".into(), false), ("1".repeat(70_000), false)]
    {
        std::fs::write(&file, &text).expect("written");
        let answer = server.get("/adapters.json").await;
        assert_eq!(answer.ends_with(&text), told, "{answer}");
        assert_eq!(answer.contains("\"generic\""), !told);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_invisible_is_searched_for() {
    let house = House::open().await;
    let browser = house.learner(None).await;
    browser.watch(Some(lecture("https://example.com/1", "Monads")), ago(30)).await;
    for search in ["%00", "Mon%00ads", "%1b%7fMonads%0a", "%c2%85"] {
        let page = browser.get(&format!("/sessions?search={search}")).await;
        assert!(status(&page) == "200" && page.contains("Monads"), "{search}: {page}");
        assert!(!page.contains(['\0', '\u{1b}', '\u{7f}', '\u{85}']), "{search}: {page}");
    }
}
